"""The windows' rows as they come to the fold: by the moment at which each becomes known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from framework.detectors.base import Floats, Ints, Parts
from framework.episodes.memory import FIGURES, Memory

START = "@start"  # start of the window, microseconds
AT = "@at"  # the watermark from which a row is known: the window's end, or later for a correction


@dataclass(frozen=True)
class Feed:
    """Rows of one watched KPI, and the windows that are to be judged, known by their ends (microseconds).

    `frame` has `@start`, `@at`, the level's fields, what zone maps say of the key, and the figures `value`,
    `numerator`, `denominator`, `events` (floats, null where there is none).
    """

    frame: pl.DataFrame
    ends: Ints


class Rows:
    """The rows of a feed, of the keys that a memory has, sorted by the moment they are known."""

    def __init__(self, memory: Memory, feed: Feed) -> None:
        size = memory.watch.watched.window.size
        frame = feed.frame.sort(AT, START)
        self.at: Ints = frame[AT].to_numpy().astype(np.int64)
        self.end: Ints = frame[START].to_numpy().astype(np.int64) + size
        self.place = memory.meet(frame, self.at)
        self.figures = {name: _floats(frame[name]) for name in FIGURES}
        self._frame = frame
        self._described = self._changes(memory, frame)

    def due(self, at: int) -> slice:
        """Which rows become known at a moment."""
        return slice(*np.searchsorted(self.at, [at, at + 1]))

    def describe(self, memory: Memory, at: int) -> bool:
        """Let the memory know what the maps say of keys from this moment on. Whether anything changed."""
        if at not in self._described:
            return False
        rows = self.due(at)
        timely = self.end[rows] == at
        memory.describe(self._frame[rows].filter(pl.Series(timely)), self.place[rows][timely])
        return True

    def _changes(self, memory: Memory, frame: pl.DataFrame) -> set[int]:
        said = memory.said
        if not said or not frame.height:
            return set()
        told = pl.struct(said).hash()
        held = memory.keys.select(told).to_series()[self.place]
        now = frame.with_columns(told.alias("@told"), held.alias("@held"), pl.Series("@place", self.place))
        now = now.filter(pl.Series(self.end == self.at))
        before = pl.col("@told").shift(1).over("@place").fill_null(pl.col("@held"))
        return set(now.filter(pl.col("@told") != before)[AT].to_list())


class PartRows:
    """The rows of a combination, by the keys that a memory has."""

    def __init__(self, memory: Memory, feed: Feed, field: str, size: int) -> None:
        fields = memory.names
        held = memory.keys.select(fields).with_row_index("@place")
        frame = (
            feed.frame.filter(pl.col(START) + size == pl.col(AT))
            .join(held, on=fields, how="inner", nulls_equal=True)
            .with_columns(pl.coalesce("numerator", "value").fill_null(0.0).alias("@amount"))
            .sort(AT, "@place", field)
        )
        self._at = frame[AT].to_numpy()
        self._place: Ints = frame["@place"].to_numpy().astype(np.int64)
        self._part = frame[field].cast(pl.String).fill_null("").to_numpy().astype(object)
        self._amount = _floats(frame["@amount"])

    def due(self, at: int, entered: Ints) -> Parts:
        """The parts of the windows that end at a moment, of keys that had been seen by then."""
        rows = slice(*np.searchsorted(self._at, [at, at + 1]))
        known = entered[self._place[rows]] <= at
        return Parts(self._place[rows][known], self._part[rows][known], self._amount[rows][known])


def codes(keys: pl.DataFrame, fields: Sequence[str]) -> Ints:
    """A number for each row: the same for rows that agree in some fields, -1 where one of them is null."""
    if not keys.height:
        return np.zeros(0, dtype=np.int64)
    number = pl.struct(fields).rank("dense").cast(pl.Int64) - 1
    null = pl.any_horizontal(pl.col(name).is_null() for name in fields)
    found: Ints = (
        keys.select(pl.when(null).then(-1).otherwise(number)).to_series().to_numpy().astype(np.int64)
    )
    return found


def _floats(column: pl.Series) -> Floats:
    found: Floats = column.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64)
    return found
