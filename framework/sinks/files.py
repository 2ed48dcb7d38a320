"""Documents as newline-delimited JSON in a folder, the newest version of each."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import polars as pl

from framework.definitions.model import Definitions
from framework.sinks.base import KINDS, Documents, Refused, SinkUnavailable

NAMES = {"kpi": "kpi.ndjson", "alert": "alerts.ndjson", "deadletter": "deadletters.ndjson"}
PARTS = ".parts"


class FileSink:
    """Writes a file a part while the run goes on, and one file a kind at its end.

    A part has the same name and content in a replay, so that writing it again changes nothing.
    """

    provisional = True

    def __init__(self, path: str) -> None:
        self._folder = Path(path)

    def setup(self, definitions: Definitions, *, fresh: bool) -> None:
        with _named(self._folder):
            if fresh:
                shutil.rmtree(self._folder / PARTS, ignore_errors=True)
                for name in NAMES.values():
                    (self._folder / name).unlink(missing_ok=True)
            (self._folder / PARTS).mkdir(parents=True, exist_ok=True)

    def write(self, documents: Documents, *, version: int, part: str) -> list[Refused]:
        if not documents.frame.height:
            return []
        frame = documents.frame.with_columns(pl.lit(version, dtype=pl.Int64).alias("version"))
        target = self._folder / PARTS / f"{documents.kind}-{part.replace('/', '_')}.arrow"
        temporary = target.with_name(f".{uuid.uuid4().hex}")
        with _named(self._folder):
            frame.write_ipc(temporary, compression="lz4")
            temporary.replace(target)
        return []

    def finish(self) -> None:
        with _named(self._folder):
            for kind in KINDS:
                self._compact(kind)

    def _compact(self, kind: str) -> None:
        parts = sorted((self._folder / PARTS).glob(f"{kind}-*.arrow"))
        target = self._folder / NAMES[kind]
        temporary = target.with_name(f".{target.name}")
        if not parts:
            target.touch()
            return
        whole = pl.concat([pl.read_ipc(part.read_bytes()) for part in parts])
        newest = whole.sort("version", maintain_order=True).unique("id", keep="last").sort("time", "id")
        quoted = newest.select(pl.struct(pl.col("id").alias("_id")).struct.json_encode()).to_series()
        lines = quoted.str.head(-1) + "," + newest["source"].str.slice(1)
        temporary.write_text("\n".join(lines.to_list()) + "\n")
        temporary.replace(target)
        merged = self._folder / PARTS / f"{kind}-0.arrow"
        newest.write_ipc(merged.with_suffix(".new"), compression="lz4")
        merged.with_suffix(".new").replace(merged)
        for part in parts:
            if part != merged:
                part.unlink()


class _named:
    """Turns what goes wrong with the folder into a message."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise SinkUnavailable(f"{self._folder} can't be written: {error.strerror or error}") from None
