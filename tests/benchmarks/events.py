"""Events of the simulator to the corpus's counts, the long way."""

from __future__ import annotations

import itertools
import json

import numpy as np
import polars as pl

from benchmarks.sorters.counts import Minutes
from framework.sources.simulator import Plant

REASONS = ("no_read", "no_data", "oversize", "overweight", "chute_full", "damaged")


def lines_of(plant: Plant, minutes: int) -> list[str]:
    """The records that arrive in so many minutes."""
    stretches = itertools.islice(plant.stretches(), minutes)
    return [line for records in stretches for line in records.frame["line"]]


def counted(lines: list[str], names: list[str], begin: int, minutes: int) -> Minutes:
    """Counts of minutes by machines; a second record with the same id is left out, and test parcels are."""
    frame = pl.DataFrame([json.loads(line) for line in lines], infer_schema_length=None)
    time = pl.col("ts").str.to_datetime(time_zone="UTC").dt.epoch("us")
    frame = (
        frame.unique("event_id")
        .filter(~pl.col("test_parcel"))
        .with_columns(((time - begin) // 60_000_000).alias("minute"))
        .filter(pl.col("minute").is_between(0, minutes - 1))
    )

    def table(which: pl.Expr) -> np.ndarray:
        found = np.zeros((minutes, len(names)), dtype=np.int32)
        rows = frame.filter(which).group_by("machine_id", "minute").len()
        for machine, minute, count in rows.iter_rows():
            found[minute, names.index(machine)] = count
        return found

    kind = pl.col("event_type")
    return Minutes(
        inducted=table(kind == "inducted"),
        read=table((kind == "inducted") & pl.col("read_ok")),
        jams=table(kind == "jam"),
        again=table(kind == "recirculated"),
        rejected={one: table((kind == "rejected") & (pl.col("reject_reason") == one)) for one in REASONS},
        sorted=table(kind == "sorted"),
        left=table((kind == "sorted") & (pl.col("lane") <= 32)),
    )


def tables(counts: Minutes) -> dict[str, np.ndarray]:
    """All counts by their names."""
    plain = {name: getattr(counts, name) for name in ("inducted", "read", "jams", "again", "sorted", "left")}
    return plain | dict(counts.rejected)
