"""A key against its own past at the same hour of the day or week."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors.base import (
    Arrays,
    Bools,
    Column,
    Detector,
    Floats,
    Ints,
    Seen,
    Tables,
    Verdict,
    outside,
)
from framework.detectors.buckets import DAY, Buckets
from framework.detectors.figures import distance, size_of, verdict
from framework.detectors.sketches import Sketches
from framework.detectors.words import band, compared, figure, quantity

_HOUR = DAY // 24
_FLOOR = Amount(5, percent=True)
_MOST = 360  # windows of a turn that are learnt


@dataclass(frozen=True)
class Seasonal(Detector):
    """`seasonal: {period: week, bucket: 1h, band: p1..p99}`: a key outside the band of its own past in the
    same bucket of the `period` (day or week), on the local clock; a week's holidays are Sundays.

    `low` and `high` are the band's quantiles; it is widened to `floor` around the median, which is what is
    expected. Values weigh half as much after `half_life` (microseconds). There is no band, and UNKNOWN,
    until `history` windows are learnt in a bucket, which counts all that ever were: an old weight says
    little of how many there were.

    A quantile sketch is kept for each key and bucket (`aggregates/bins.py`, within 0.8 %), in the tables
    `b<bucket>` and `k<bucket>`; see `sketches.py`. The settled windows of a bucket wait in `learned`
    until the bucket is over, at most 360 of them, evenly taken. `relearn` is for who decides what is
    usual: an episode longer than that is learnt.
    """

    period: str = "week"
    bucket: int = _HOUR
    low: float = 0.01
    high: float = 0.99
    history: int = 30
    half_life: int = 28 * DAY
    floor: Amount = _FLOOR
    relearn: int = 2 * DAY
    name: ClassVar[str] = "seasonal"
    clocked: ClassVar[bool] = True

    def columns(self) -> tuple[Mapping[str, Column], Mapping[str, Column]]:
        held = {name: Column(np.float64, math.nan) for name in ("expected", "lower", "upper")}
        learned = {
            "waiting": Column(np.float64, math.nan, self._width),
            "windows": Column(np.int64, 0),
            "turn": Column(np.int64, -1),
            "band_turn": Column(np.int64, -1),
        }
        return {}, learned | held

    def context(self, seen: Seen, learned: Arrays, tables: Tables) -> dict[str, Floats]:
        turn = self._buckets.turn(seen.start)
        stale = np.flatnonzero(learned["band_turn"] != turn)
        if len(stale):
            bands = self._sketches(tables, turn).bands(seen.row[stale], self.history, self.low, self.high)
            expected, lower, upper = bands
            floor = size_of(self.floor, expected)
            fresh = expected, np.minimum(lower, expected - floor), np.maximum(upper, expected + floor)
            for name, new in zip(("expected", "lower", "upper"), fresh, strict=True):
                learned[name] = _with(learned[name], stale, new)
            learned["band_turn"] = np.full(len(seen), turn)
        return {name: learned[name] for name in ("expected", "lower", "upper")}

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        expected, lower, upper = context["expected"], context["lower"], context["upper"]
        firing = outside(seen.value, lower, upper, self.setting.side)
        score = distance(seen.value, expected, lower, upper, self.setting.side)
        return verdict(firing > 0, seen.known & (firing >= 0), score, expected, lower, upper)

    def learn(
        self, seen: Seen, context: Mapping[str, Floats], usual: Bools, learned: Arrays, tables: Tables
    ) -> None:
        turn = self._buckets.turn(seen.start)
        waiting = learned["waiting"].reshape(len(seen), self._width).copy()
        windows = learned["windows"]
        over = (windows > 0) & ((learned["turn"] != turn) | (windows == self._width))
        for old in np.unique(learned["turn"][over]):
            keys = np.flatnonzero(over & (learned["turn"] == old))
            self._merge(tables, int(old), seen.row[keys], waiting[keys], windows[keys])
        windows = np.where(over, 0, windows)
        if seen.start // self.setting.every % self._thinned == 0:
            fit = np.flatnonzero(usual & seen.known & ~np.isnan(seen.value))
            waiting[fit, windows[fit]] = seen.value[fit]
            windows[fit] += 1
            learned["turn"] = _with(learned["turn"], fit, turn)
        learned["waiting"] = waiting.reshape(learned["waiting"].shape)
        learned["windows"] = windows

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Seasonal(Setting("below", 60, 60))
        >>> detector.sentence({"value": 4100, "expected": 5850, "lower": 5200, "upper": 6400}, "items/h")
        '4,100 items/h is below the 5,850 usual at this hour (band 5,200 to 6,400)'
        """
        value, expected = figures.get("value", math.nan), figures.get("expected", math.nan)
        around = band(figures.get("lower", math.nan), figures.get("upper", math.nan))
        when = {_HOUR: "at this hour", DAY: "on such a day"}.get(self.bucket, "at this time")
        usual = f"{compared(value, expected)} the {figure(expected)} usual {when}{around}"
        return f"{quantity(value, unit)} is {usual}"

    @property
    def _buckets(self) -> Buckets:
        return Buckets(self.period, self.bucket, self.setting.timezone, self.setting.holidays)

    @property
    def _thinned(self) -> int:
        """Of how many windows one is learnt."""
        return max(-(-self.bucket // self.setting.every // _MOST), 1)

    @property
    def _width(self) -> int:
        return max(-(-self.bucket // (self.setting.every * self._thinned)), 1)

    def _sketches(self, tables: Tables, turn: int) -> Sketches:
        bucket = self._buckets.bucket(turn)
        return Sketches.of(tables.get(f"b{bucket}"), tables.get(f"k{bucket}"))

    def _merge(self, tables: Tables, turn: int, row: Ints, values: Floats, windows: Ints) -> None:
        bucket = self._buckets.bucket(turn)
        merged = self._sketches(tables, turn).merge(row, values, windows, turn, self.half_life / self.bucket)
        tables.put(f"b{bucket}", merged.bins)
        tables.put(f"k{bucket}", merged.keys)


def _with(array: Ints | Floats, places: Ints, new: Ints | Floats | int) -> Ints | Floats:
    """A copy with other values at some places."""
    copy = array.copy()
    copy[places] = new
    return copy
