"""Silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.detectors.base import Arrays, Column, Detector, Floats, Seen, Verdict
from framework.detectors.figures import verdict
from framework.detectors.words import count, stretch


@dataclass(frozen=True)
class NoData(Detector):
    """`no_data: {after: 3 windows}`: fires when a key had no event at all in that many windows on end. The
    value does not matter."""

    after: int = 1
    name: ClassVar[str] = "no_data"
    track: ClassVar[Mapping[str, Column]] = {"silent": Column(np.int64, 0)}

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        known = seen.known & ~np.isnan(seen.events)
        silent = np.where(known, np.where(seen.events == 0, track["silent"] + 1, 0), track["silent"])
        track["silent"] = silent
        return verdict(silent >= self.after, known, silent / self.after, seen.nan, seen.nan, seen.nan)

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> NoData(Setting("below", 60_000_000, 60_000_000), after=3).sentence({}, "items/h")
        'no events in 3 windows on end (3 min)'
        """
        time = stretch((self.after - 1) * self.setting.every + self.setting.size)
        if self.after == 1:
            return f"no events in the window of {time}"
        return f"no events in {count(self.after, 'window')} on end ({time})"
