"""A memory as frames, to be stored and read back: one with a row a key, and the detectors' own tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import msgspec
import numpy as np
import polars as pl

from framework.detectors.base import Array, Arrays, Column, Detector
from framework.episodes.judging import seen_of
from framework.episodes.memory import FIGURES, OWN, Memory, Past, Tables, columns_of
from framework.episodes.watch import Watch

KEYS, META = "keys", "meta"


def frames(memory: Memory) -> dict[str, pl.DataFrame]:
    """The frames that hold what has changed; a detector's table that was not touched is not among them."""
    found = {KEYS: _keys(memory), META: _meta(memory)}
    for detector, tables in memory.tables.items():
        for name in sorted(tables.changed):
            found[f"{detector}.{name}"] = tables.held[name]
    return found


def remembered(
    watch: Watch,
    keys: pl.DataFrame,
    read: Callable[[str], pl.DataFrame | None],
    apart: tuple[str, ...] = (),
) -> Memory:
    """The memory that some frames hold. `keys` has the columns of keys; `read` gives a frame by its name.

    What the rule's detectors did not have when it was stored begins empty; what they no longer have is left.
    """
    memory = Memory.of(watch, keys, apart)
    stored, meta = read(KEYS), read(META)
    if stored is None or meta is None:
        return memory
    said = msgspec.json.decode(meta["said"][0])
    memory.keys = _fitted(stored, keys)
    memory.row = stored["@row"].to_numpy().astype(np.int64)
    memory.next_row = said["next_row"]
    memory.own = _arrays(stored, "own", OWN)
    for name, columns in columns_of(watch).items():
        memory.now[name] = _arrays(stored, f"now.{name}", columns)
        memory.settled[name] = _arrays(stored, f"settled.{name}", columns)
    for one in watch.detectors:
        memory.learned[one.id] = _arrays(stored, f"learned.{one.id}", one.columns()[1])
        stored_tables = frozenset(said["tables"].get(one.id, ()))
        memory.tables[one.id] = Tables(partial(_table, read, one.id), stored_tables)
    memory.tail = _tail(stored, said["tail"])
    memory.notes = {int(row): note.encode() for row, note in said["notes"].items()}
    memory.lone()
    for past in memory.tail:
        for one in watch.detectors:
            if one.id not in past.context:
                past.context[one.id] = _nothing(memory, one, past)
    return memory


def _nothing(memory: Memory, detector: Detector, past: Past) -> dict[str, Array]:
    """What a detector that is new to a rule knows of a window that closed before: each of its figures NaN."""
    learned = {name: values.copy() for name, values in memory.learned[detector.id].items()}
    found = detector.context(seen_of(memory, past), learned, Tables())
    return {name: np.full(len(memory), np.nan) for name in found}


def _table(read: Callable[[str], pl.DataFrame | None], detector: str, name: str) -> pl.DataFrame | None:
    return read(f"{detector}.{name}")


def _keys(memory: Memory) -> pl.DataFrame:
    columns = [pl.Series("@row", memory.row)]
    columns += _series("own", memory.own)
    for name, arrays in memory.now.items():
        columns += _series(f"now.{name}", arrays)
    for name, arrays in memory.settled.items():
        columns += _series(f"settled.{name}", arrays)
    for name, arrays in memory.learned.items():
        columns += _series(f"learned.{name}", arrays)
    for place, past in enumerate(memory.tail):
        columns += _series(f"tail.{place}", past.figures)
        columns += _series(f"tail.{place}", {"known": past.known, "quiet": past.quiet, "judged": past.judged})
        for name, context in past.context.items():
            columns += _series(f"tail.{place}.{name}", context)
    return memory.keys.with_columns(columns)


def _series(prefix: str, arrays: Mapping[str, Array]) -> list[pl.Series]:
    return [
        pl.Series(f"@{prefix}.{name}", values)
        if values.ndim == 1
        else pl.Series(
            f"@{prefix}.{name}", values, dtype=pl.Array(pl.Series(values[:0, 0]).dtype, values.shape[1])
        )
        for name, values in arrays.items()
    ]


def _arrays(stored: pl.DataFrame, prefix: str, columns: Mapping[str, Column]) -> Arrays:
    found: Arrays = {}
    for name, column in columns.items():
        at = f"@{prefix}.{name}"
        empty = column.empty(stored.height)
        if at in stored.columns:
            values = stored[at].to_numpy()
            found[name] = values.astype(column.dtype) if values.shape == empty.shape else empty
        else:
            found[name] = empty
    return found


def _tail(stored: pl.DataFrame, said: list[dict[str, object]]) -> list[Past]:
    found = []
    for place, one in enumerate(said):
        prefix = f"@tail.{place}."
        masks = {
            name: stored[f"{prefix}{name}"].to_numpy().astype(bool) for name in ("known", "quiet", "judged")
        }
        context: dict[str, dict[str, Array]] = {}
        for name in stored.columns:
            if name.startswith(prefix) and "." in name[len(prefix) :]:
                detector, _, column = name[len(prefix) :].partition(".")
                context.setdefault(detector, {})[column] = stored[name].to_numpy().astype(np.float64)
        figures = {name: stored[f"{prefix}{name}"].to_numpy().astype(np.float64) for name in FIGURES}
        found.append(Past(int(one["start"]), int(one["end"]), figures, context=context, **masks))  # type: ignore[call-overload]
    return found


def _meta(memory: Memory) -> pl.DataFrame:
    said = {
        "next_row": memory.next_row,
        "tail": [{"start": past.start, "end": past.end} for past in memory.tail],
        "tables": {name: tables.names for name, tables in memory.tables.items()},
        "notes": {str(row): note.decode() for row, note in memory.notes.items()},
    }
    return pl.DataFrame({"said": [msgspec.json.encode(said).decode()]})


def _fitted(stored: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """The stored keys with the columns that keys have today."""
    return stored.select(
        pl.col(name).cast(dtype) if name in stored.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in keys.schema.items()
    )
