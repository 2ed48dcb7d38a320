"""The embedded store: documents in one SQLite file, no server.

Its journal is a write-ahead log: one writer and any number of readers at a time, and a reader sees
the documents as of the last finished write.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from framework.definitions.model import Definitions
from framework.sinks.base import Documents, Refused, SinkUnavailable

_SCHEMA = """
create table if not exists documents (
    id text primary key,
    kind text not null,
    time integer not null,     -- microseconds since the epoch
    version integer not null,
    source text not null       -- the document's JSON
);
create index if not exists documents_by_time on documents (kind, time);
create index if not exists documents_by_kpi on documents (
    json_extract(source, '$.kpi.name'), json_extract(source, '$.kpi.level'), time
) where kind = 'kpi';
"""
_UPSERT = """
insert into documents (id, kind, time, version, source) values (?, ?, ?, ?, ?)
on conflict (id) do update set time = excluded.time, version = excluded.version, source = excluded.source
where excluded.version >= documents.version
"""
_WAIT = 30.0  # seconds for another writer to finish


class StoreSink:
    """Writes into the store at `path`."""

    provisional = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def setup(self, definitions: Definitions, *, fresh: bool) -> None:
        """Make the file and its table. What is there stays: like a cluster, a store outlives runs."""
        try:
            Path(self._path).resolve().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SinkUnavailable(
                f"the store {self._path} can't be made: {error.strerror or error}"
            ) from None
        self._run(lambda connection: connection.executescript(_SCHEMA))

    def write(self, documents: Documents, *, version: int, part: str) -> list[Refused]:
        """Write all or nothing. A store refuses no document."""
        columns = documents.frame.select("id", "time", "source").iter_rows()
        rows = [(name, documents.kind, time, version, source) for name, time, source in columns]
        if rows:
            self._run(lambda connection: connection.executemany(_UPSERT, rows))
        return []

    def finish(self) -> None:
        """Let go of the file, with all of it in the one file."""
        if self._connection is not None:
            self._run(lambda connection: connection.execute("pragma wal_checkpoint(truncate)"))
            self._connection.close()
            self._connection = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_path": self._path, "_connection": None}

    def _run(self, work: Callable[[sqlite3.Connection], object]) -> None:
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._path, timeout=_WAIT, check_same_thread=False)
                self._connection.execute("pragma journal_mode = wal")
                # A power cut may undo the last ticks' documents, never damage the file.
                self._connection.execute("pragma synchronous = normal")
            with self._connection:
                work(self._connection)
        except sqlite3.Error as error:
            raise SinkUnavailable(f"the store {self._path} can't be written: {error}") from None


def read(path: str, kind: str, *, since: int = 0, limit: int = 100_000) -> list[dict[str, Any]]:
    """The newest documents of a kind with a time of `since` (microseconds) or later, latest first."""
    return _select(path, "kind = ? and time >= ?", (kind, since), limit)


def latest(
    path: str, *, kpi: str, level: str | None = None, since: int = 0, limit: int = 1_000
) -> list[dict[str, Any]]:
    """The newest documents of one KPI, of one level or of all, latest first."""
    condition = "kind = 'kpi' and json_extract(source, '$.kpi.name') = ? and time >= ?"
    values: tuple[object, ...] = (kpi, since)
    if level is not None:
        condition += " and json_extract(source, '$.kpi.level') = ?"
        values += (level,)
    return _select(path, condition, values, limit)


def _select(path: str, condition: str, values: tuple[object, ...], limit: int) -> list[dict[str, Any]]:
    if not Path(path).is_file():
        return []
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True, timeout=_WAIT)
    try:
        query = f"select id, source from documents where {condition} order by time desc, id limit ?"
        return [
            {**json.loads(source), "_id": name}
            for name, source in connection.execute(query, (*values, limit))
        ]
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []  # not yet set up
        raise
    finally:
        connection.close()
