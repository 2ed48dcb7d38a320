"""Documents as newline-delimited JSON in a folder, the newest version of each."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from framework.definitions.model import Definitions
from framework.sinks.base import KINDS, Documents, Refused, SinkUnavailable

NAMES = {"kpi": "kpi.ndjson", "alert": "alerts.ndjson", "deadletter": "deadletters.ndjson"}
PARTS = ".parts"


class FileSink:
    """Writes a file a part while the run goes on, and one file a kind at its end.

    A part has the same name and content in a replay, so that writing it again changes nothing. What
    is at its end stays in one part for a run that carries on.
    """

    provisional = True

    def __init__(self, path: str) -> None:
        self._folder = Path(path)

    def setup(self, definitions: Definitions, *, fresh: bool) -> None:
        """Make the folder; a fresh run removes what another run left in it."""
        with self._named():
            if fresh:
                shutil.rmtree(self._folder / PARTS, ignore_errors=True)
                for name in NAMES.values():
                    (self._folder / name).unlink(missing_ok=True)
            (self._folder / PARTS).mkdir(parents=True, exist_ok=True)

    def write(self, documents: Documents, *, version: int, part: str) -> list[Refused]:
        """Write the part, in the place of what it was before. A folder refuses no document."""
        if not documents.frame.height:
            return []
        frame = documents.frame.select(
            "id", "time", "source", pl.lit(version, dtype=pl.Int64).alias("version")
        )
        with self._named():
            self._put(f"{documents.kind}-{part.replace('/', '_')}.arrow", frame)
        return []

    def finish(self) -> None:
        """Write each kind's file: a document a line, by time and `_id`."""
        with self._named():
            (self._folder / PARTS).mkdir(parents=True, exist_ok=True)
            for kind in KINDS:
                self._compact(kind)

    def _compact(self, kind: str) -> None:
        parts = sorted((self._folder / PARTS).glob(f"{kind}-*.arrow"))
        target = self._folder / NAMES[kind]
        if not parts:
            target.touch()
            return
        whole = pl.concat([pl.read_ipc(part) for part in parts])
        newest = whole.sort("version", maintain_order=True).unique("id", keep="last").sort("time", "id")
        identity = newest.select(pl.struct(pl.col("id").alias("_id")).struct.json_encode()).to_series()
        lines = identity.str.head(-1) + "," + newest["source"].str.slice(1)
        temporary = target.with_name(f".{target.name}")
        with open(temporary, "w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(f"{line}\n" for line in lines)
        temporary.replace(target)
        merged = self._put(f"{kind}-0.arrow", newest)
        for part in parts:
            if part != merged:
                part.unlink()

    def _put(self, name: str, frame: pl.DataFrame) -> Path:
        """Write so that a reader, or a kill, finds the whole file or none."""
        target = self._folder / PARTS / name
        temporary = target.with_name(f".{uuid.uuid4().hex}")
        frame.write_ipc(temporary, compression="lz4")
        temporary.replace(target)
        return target

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """Turns what goes wrong with the folder into a message."""
        try:
            yield
        except OSError as error:
            raise SinkUnavailable(f"{self._folder} can't be written: {error.strerror or error}") from None
