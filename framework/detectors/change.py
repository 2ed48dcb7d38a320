"""A change since some windows before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors.base import Arrays, Column, Detector, Floats, Seen, Verdict, outside
from framework.detectors.figures import distance, size_of, verdict
from framework.detectors.words import compared, count, quantity, share

_BY = Amount(30, percent=True)


@dataclass(frozen=True)
class Change(Detector):
    """`change: {ago: 5 windows, by: 30%}`: fires when the value is further than `by` from the one `ago`
    windows before, on the rule's side. `floor` (the KPI's unit) is the least difference that counts.

    UNKNOWN where the old value is unknown. Keeps the last `ago` values of each key in a ring, whose place
    for a window goes by the window's number: windows that a key missed are unknown, not skipped.
    """

    ago: int = 1
    by: Amount = _BY
    floor: float = 0.0
    name: ClassVar[str] = "change"

    def columns(self) -> tuple[Mapping[str, Column], Mapping[str, Column]]:
        return {"ring": Column(np.float64, math.nan, self.ago), "last": Column(np.int64, -1)}, {}

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        number = seen.start // self.setting.every
        ring = track["ring"].copy()
        rows = ring.reshape(len(seen), self.ago)
        self._forget(rows, number, seen, track)
        place = number % self.ago
        old = rows[:, place].copy()
        rows[:, place] = np.where(seen.known, seen.value, old)
        track["ring"] = ring
        track["last"] = np.where(seen.known, number, track["last"])
        by = np.maximum(size_of(self.by, old), self.floor)
        lower, upper = old - by, old + by
        firing = outside(seen.value, lower, upper, self.setting.side)
        known = seen.known & (firing >= 0)
        score = distance(seen.value, old, lower, upper, self.setting.side)
        return verdict(firing > 0, known, score, old, lower, upper)

    def _forget(self, rows: Floats, number: int, seen: Seen, track: Arrays) -> None:
        """Blank the places of windows between a key's last one and this: they hold older values."""
        last = track["last"]
        gap = np.flatnonzero(seen.known & (last >= 0) & (last < number - 1))
        if len(gap):
            since = (np.arange(self.ago) - last[gap, None] - 1) % self.ago
            rows[gap] = np.where(since < number - last[gap, None] - 1, math.nan, rows[gap])

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Change(Setting("below", 60, 60), ago=5)
        >>> detector.sentence({"value": 4100, "expected": 6000}, "items/h")
        '4,100 items/h is 31.7% below the 6,000 items/h of 5 windows before'
        """
        value, old = figures.get("value", math.nan), figures.get("expected", math.nan)
        part = abs(value - old) / abs(old) if old else math.nan
        by = f"{share(part)} " if math.isfinite(part) and part else ""
        before = f"the {quantity(old, unit)} of {count(self.ago, 'window')} before"
        return f"{quantity(value, unit)} is {by}{compared(value, old)} {before}"
