"""The embedded store: documents in one SQLite file, no server."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from framework.definitions.model import Definitions
from framework.sinks.base import Documents, Refused, SinkUnavailable

_SCHEMA = """
create table if not exists documents (
    id text primary key, kind text not null, time integer not null, version integer not null, source text not null
) without rowid;
create index if not exists documents_by_time on documents (kind, time);
"""
_UPSERT = """
insert into documents (id, kind, time, version, source) values (?, ?, ?, ?, ?)
on conflict (id) do update set time = excluded.time, version = excluded.version, source = excluded.source
where excluded.version >= documents.version
"""


class StoreSink:
    """Writes into the store at `path`. Many may read while one writes."""

    provisional = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def setup(self, definitions: Definitions, *, fresh: bool) -> None:
        Path(self._path).resolve().parent.mkdir(parents=True, exist_ok=True)
        self._run(lambda connection: connection.executescript(_SCHEMA))

    def write(self, documents: Documents, *, version: int, part: str) -> list[Refused]:
        rows = [
            (id, documents.kind, time, version, source)
            for id, time, source in documents.frame.select("id", "time", "source").iter_rows()
        ]

        def upsert(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(_UPSERT, rows)

        self._run(upsert)
        return []

    def finish(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_path": self._path, "_connection": None}

    def _run(self, work: Any) -> None:
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
                # Readers see the last committed documents while a tick writes.
                self._connection.execute("pragma journal_mode = wal")
                self._connection.execute("pragma synchronous = normal")
            work(self._connection)
        except sqlite3.Error as error:
            raise SinkUnavailable(f"the store {self._path} can't be written: {error}") from None


def read(path: str, kind: str, *, since: int = 0, limit: int = 100_000) -> list[dict[str, Any]]:
    """The newest documents of a kind with a time of `since` (microseconds) or later, latest first."""
    if not Path(path).is_file():
        return []
    connection = sqlite3.connect(f"file:{Path(path).resolve()}?mode=ro", uri=True, timeout=30)
    try:
        query = "select id, source from documents where kind = ? and time >= ? order by time desc limit ?"
        return [
            {**json.loads(source), "_id": id}
            for id, source in connection.execute(query, (kind, since, limit))
        ]
    except sqlite3.OperationalError:
        return []  # not yet set up
    finally:
        connection.close()
