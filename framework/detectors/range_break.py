"""A value beyond all that was seen for some time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors.base import Arrays, Bools, Column, Detector, Floats, Seen, Verdict, outside
from framework.detectors.figures import distance, size_of, verdict
from framework.detectors.words import band, compared, quantity

_DAY = 86_400_000_000
_MARGIN = Amount(5, percent=True)
_FLOOR = Amount(1, percent=True)
_RANGE = ("low", "high")
_HELD = ("held_low", "held_high")


@dataclass(frozen=True)
class RangeBreak(Detector):
    """`range_break: {over: 7d, margin: 5%}`: fires beyond the lowest or highest value seen, on the side
    that the rule names.

    What was seen is forgotten by degrees: with each window the range draws in towards its middle, to half
    its width after `over` (microseconds) in which nothing widened it. `margin` is in the KPI's unit or a
    share of the range's width, and is no less than `floor`, in the KPI's unit or a share of the range's
    middle: so a key that was always steady does not fire on its last digit. UNKNOWN until `history`
    windows were seen.

    While values are beyond the range it stands still, so that a rule may ask for several windows on end;
    once one is back within, or after `relearn` (microseconds) on end, all of them count as seen. So it
    learns from every window, in the track: to spare the odd ones would be to fire at them for ever.
    """

    over: int = 7 * _DAY
    margin: Amount = _MARGIN
    floor: Amount = _FLOOR
    history: int = 100
    relearn: int = _DAY
    name: ClassVar[str] = "range_break"
    track: ClassVar[Mapping[str, Column]] = {
        **{name: Column(np.float64, math.nan) for name in (*_RANGE, *_HELD)},
        "beyond": Column(np.int32, 0),
        "count": Column(np.int32, 0),
    }

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        ready = track["count"] >= self.history
        low, high = (np.where(ready, track[name], np.nan) for name in _RANGE)
        middle = low + (high - low) / 2
        margin = np.maximum(size_of(self.margin, high - low), size_of(self.floor, middle))
        margin = np.maximum(margin, 1e-9)
        lower, upper = low - margin, high + margin
        self._take_in(seen, (seen.value < lower) | (seen.value > upper), track)
        firing = outside(seen.value, lower, upper, self.setting.side)
        score = distance(seen.value, middle, lower, upper, self.setting.side)
        return verdict(firing > 0, seen.known & (firing >= 0), score, middle, lower, upper)

    def _take_in(self, seen: Seen, away: Bools, track: Arrays) -> None:
        known = seen.known & np.isfinite(seen.value)
        beyond = np.where(known, np.where(away, track["beyond"] + 1, 0), track["beyond"])
        over = known & (~away | (beyond > self.relearn // self.setting.every))
        drawn_in = (track["high"] - track["low"]) / 2 * (1 - 0.5 ** (self.setting.every / self.over))
        held_low = np.where(known, np.fmin(track["held_low"], seen.value), track["held_low"])
        held_high = np.where(known, np.fmax(track["held_high"], seen.value), track["held_high"])
        track["low"] = np.where(over, np.fmin(track["low"] + drawn_in, held_low), track["low"])
        track["high"] = np.where(over, np.fmax(track["high"] - drawn_in, held_high), track["high"])
        track["held_low"] = np.where(over, np.nan, held_low)
        track["held_high"] = np.where(over, np.nan, held_high)
        track["beyond"] = np.where(over, 0, beyond).astype(np.int32)
        track["count"] = track["count"] + known.astype(np.int32)

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = RangeBreak(Setting("below", 60, 60))
        >>> detector.sentence({"value": 410, "expected": 900, "lower": 780, "upper": 1020}, "items/h")
        '410 items/h is below all that was seen lately (band 780 to 1,020)'
        """
        value, around = figures.get("value", math.nan), figures.get("expected", math.nan)
        bounds = band(figures.get("lower", math.nan), figures.get("upper", math.nan))
        return f"{quantity(value, unit)} is {compared(value, around)} all that was seen lately{bounds}"
