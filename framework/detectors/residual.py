"""The last windows against the time before, for series that nobody can foretell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors.base import Arrays, Bools, Column, Detector, Floats, Ints, Seen, Verdict
from framework.detectors.figures import size_of, verdict
from framework.detectors.words import compared, count, figure, quantity

_FLOOR = Amount(1, percent=True)
_REACH = 5  # half life of the prediction, in lengths of `short`


@dataclass(frozen=True)
class Residual(Detector):
    """`residual: {short: 10 windows, long: 1d, chance: 0.00001}`: fires when the last windows are so much
    harder to foretell than those before.

    The anomaly likelihood of Lavin & Ahmad (2015, arXiv:1510.03336) and Ahmad et al. (2017, Neurocomputing
    262, 134-147). A simple prediction is the mean of the windows before, with a half life of five times
    `short`. The mean of its errors over about `short` windows is compared with what that mean was before,
    whose own mean and deviation have a half life of `long` windows: it fires when a Gaussian exceeds it
    with a probability of at most `chance`, and the errors lean to the rule's side. As in the authors'
    code, means are compared with means, which are nearer to a Gaussian than single errors are. The
    deviation is no less than `floor`, in the KPI's unit or a share of the prediction. UNKNOWN until
    `history` windows were seen.

    Learns from every window, in the track: what nobody can foretell has no usual windows to learn from
    alone, and a detector that spared the odd ones would end up firing at all of them.
    """

    short: int = 10
    long: int = 1440
    chance: float = 0.00001
    floor: Amount = _FLOOR
    history: int = 100
    name: ClassVar[str] = "residual"
    track: ClassVar[Mapping[str, Column]] = {
        "level": Column(np.float64, 0.0),
        "recent": Column(np.float64, 0.0),
        "lean": Column(np.float64, 0.0),
        "mean": Column(np.float64, 0.0),
        "variance": Column(np.float64, 0.0),
        "count": Column(np.int64, 0),
    }

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        known = seen.known & np.isfinite(seen.value)
        before, level = track["count"], track["level"]
        away = np.where(known & (before > 0), seen.value - level, 0.0)
        lately = _weight(1 - 1 / self.short, before)
        recent = track["recent"] + lately * (np.abs(away) - track["recent"])
        lean = track["lean"] + lately * (away - track["lean"])
        deviation = np.sqrt(track["variance"])
        deviation = np.maximum(deviation, np.maximum(size_of(self.floor, level), 1e-9))
        band = track["mean"] + self._limit * deviation
        score = (recent - track["mean"]) / deviation / self._limit
        counts = {"below": lean < 0, "above": lean > 0}.get(self.setting.side, np.ones(len(seen), dtype=bool))
        self._move(track, known, seen.value, {"recent": recent, "lean": lean})
        ready = known & (before >= self.history)
        bounds = (np.where(ready, bound, np.nan) for bound in (level, level - band, level + band))
        return verdict((score >= 1) & counts, ready, np.where(counts, score, 0.0), *bounds)

    def _move(self, track: Arrays, known: Bools, value: Floats, moved: Mapping[str, Floats]) -> None:
        before, mean, level = track["count"], track["mean"], track["level"]
        weight = _weight(0.5 ** (1 / self.long), before)
        further = moved["recent"] - mean
        new = {
            **moved,
            "level": level + _weight(0.5 ** (1 / (_REACH * self.short)), before) * (value - level),
            "mean": mean + weight * further,
            "variance": (1 - weight) * (track["variance"] + weight * further * further),
            "count": before + 1,
        }
        for name, values in new.items():
            track[name] = np.where(known, values, track[name])

    @property
    def _limit(self) -> float:
        return max(-NormalDist().inv_cdf(self.chance), 1e-6)

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Residual(Setting("outside", 60, 60))
        >>> detector.sentence({"value": 40, "expected": 12}, "items")
        'the last 10 windows are unlike the time before: 40 items is above the 12 they led one to expect'
        """
        value, level = figures.get("value", math.nan), figures.get("expected", math.nan)
        lately = f"the last {count(self.short, 'window')} are unlike the time before"
        against = f"{compared(value, level)} the {figure(level)} they led one to expect"
        return f"{lately}: {quantity(value, unit)} is {against}"


def _weight(decay: float, before: Ints) -> Floats:
    """The newest value's weight: that of a plain mean until the decay's own is more."""
    weight: Floats = np.maximum(1 - decay, 1 / (before + 1))
    return weight
