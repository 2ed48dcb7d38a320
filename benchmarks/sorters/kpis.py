"""Counts to the KPIs' rows: the shipped formulas, worked on whole arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.sorters.counts import Minutes
from benchmarks.sorters.plants import MINUTE

Floats = NDArray[np.float64]
Parts = tuple[NDArray[Any], NDArray[Any] | None]


@dataclass(frozen=True)
class Kpi:
    """A KPI: `factor` times what `parts` makes of the counts and of what keys are rated for (a numerator, and
    a denominator where it is a ratio), in windows of so many minutes. `events` counts the events that the
    KPI looks at."""

    factor: float
    minutes: int
    parts: Callable[[Minutes, Floats], Parts]
    events: Callable[[Minutes], NDArray[np.int64]] = lambda counts: counts.events


def _rejects(counts: Minutes) -> NDArray[np.int64]:
    return sum(counts.rejected.values(), start=np.zeros_like(counts.sorted))


def _balance(counts: Minutes, rated: Floats) -> Parts:
    right = counts.sorted - counts.left
    return np.minimum(counts.left, right), np.maximum(counts.left, right)


def _utilisation(counts: Minutes, rated: Floats) -> Parts:
    # What a machine is rated for comes with its events.
    return 60.0 * counts.sorted, np.where(counts.events > 0, rated, np.nan)


KPIS: Mapping[str, Kpi] = {
    "throughput": Kpi(60, 1, lambda one, _: (one.sorted, None)),
    "induction_rate": Kpi(60, 1, lambda one, _: (one.inducted, None)),
    "reject_rate": Kpi(100, 1, lambda one, _: (_rejects(one), one.sorted + _rejects(one))),
    "read_rate": Kpi(100, 1, lambda one, _: (one.read, one.inducted)),
    "recirculation_rate": Kpi(100, 1, lambda one, _: (one.again, one.inducted)),
    "utilisation": Kpi(100, 1, _utilisation),
    "jam_rate": Kpi(1000, 5, lambda one, _: (one.jams, one.inducted)),
    "zone_balance": Kpi(100, 5, _balance, lambda one: one.sorted),
}


@dataclass(frozen=True)
class Figures:
    """A KPI's windows: arrays of windows by keys. Starts in microseconds, size in minutes."""

    starts: NDArray[np.int64]
    minutes: int
    value: Floats
    numerator: Floats | None
    denominator: Floats | None
    events: Floats

    def frame(self, keys: pl.DataFrame) -> pl.DataFrame:
        """One row a key and window, windows in order; `keys` has what is said of each key."""
        windows, count = self.value.shape
        starts = pl.Series("@start", np.repeat(self.starts, count))
        gone = np.full(1, np.nan)
        figures = {"value": self.value, "numerator": self.numerator, "denominator": self.denominator}
        columns = [
            pl.Series(name, (gone if array is None else array).reshape(-1)).fill_nan(None)
            for name, array in figures.items()
        ]
        columns = [one if len(one) > 1 else one.new_from_index(0, windows * count) for one in columns]
        place = np.tile(np.arange(count, dtype=np.uint32), windows)
        return keys[place].with_columns(
            starts,
            (starts + self.minutes * MINUTE).alias("@at"),
            *columns,
            pl.Series("events", self.events.reshape(-1)),
        )


def figures(name: str, counts: Minutes, starts: NDArray[np.int64], rated: Floats) -> Figures:
    """A KPI's windows for every column of the counts; `starts` are those of the minutes, `rated` what each
    key is rated for, in parcels an hour."""
    kpi = KPIS[name]
    counts = counts.windows(kpi.minutes)
    top, bottom = kpi.parts(counts, rated)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = kpi.factor * top / (kpi.minutes if bottom is None else bottom)
    value = np.where(np.isfinite(value), value, np.nan)
    return Figures(
        starts=starts[:: kpi.minutes],
        minutes=kpi.minutes,
        value=value,
        numerator=None if bottom is None else top.astype(np.float64),
        denominator=None if bottom is None else bottom.astype(np.float64),
        events=kpi.events(counts).astype(np.float64),
    )


def rejections(counts: Minutes, starts: NDArray[np.int64], keys: pl.DataFrame) -> pl.DataFrame:
    """The rows of `rejections` by reason: those with any, as combinations have no rows of silence."""
    found = []
    for reason, made in counts.rejected.items():
        window, key = np.nonzero(made)
        amount = pl.Series("value", made[window, key].astype(np.float64))
        found.append(
            keys[key.astype(np.uint32)].with_columns(
                pl.Series("@start", starts[window]),
                pl.lit(reason).alias("reject_reason"),
                amount,
                pl.lit(None, dtype=pl.Float64).alias("numerator"),
                pl.lit(None, dtype=pl.Float64).alias("denominator"),
                amount.alias("events"),
            )
        )
    return pl.concat(found).with_columns((pl.col("@start") + MINUTE).alias("@at")).sort("@start")
