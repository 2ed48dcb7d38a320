"""Small departures to one side that add up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors.base import Arrays, Bools, Column, Detector, Floats, Seen, Tables, Verdict
from framework.detectors.figures import size_of, verdict
from framework.detectors.words import compared, figure, quantity

_DAY = 86_400_000_000
_FLOOR = Amount(1, percent=True)


@dataclass(frozen=True)
class Drift(Detector):
    """`drift: {slack: 0.5, limit: 8}`: fires when departures from the mean add up on the rule's side.

    The two-sided cumulative sum of Page (1954, Biometrika 41, 100-115) over standardised values: of each,
    what exceeds `slack` is added, down to a sum of 0; it fires at `limit` and then begins anew at 0, so a
    drift that goes on fires again and again. Both are in standard deviations. Mean and variance are
    learnt from usual windows and weigh half after `half_life` (microseconds); the deviation is no less
    than `floor`, in the KPI's unit or a share of the mean. UNKNOWN until `history` windows are learnt.

    The sums are in the track: `score` is the sum over the limit. `relearn` is for who decides what is
    usual: an episode longer than that is learnt.
    """

    slack: float = 0.5
    limit: float = 8.0
    half_life: int = 7 * _DAY
    floor: Amount = _FLOOR
    history: int = 100
    relearn: int = 2 * _DAY
    name: ClassVar[str] = "drift"
    track: ClassVar[Mapping[str, Column]] = {"down": Column(np.float64, 0.0), "up": Column(np.float64, 0.0)}
    learned: ClassVar[Mapping[str, Column]] = {
        "mean": Column(np.float64, 0.0),
        "variance": Column(np.float64, 0.0),
        "count": Column(np.int64, 0),
    }

    def context(self, seen: Seen, learned: Arrays, tables: Tables) -> dict[str, Floats]:
        ready = learned["count"] >= self.history
        mean = np.where(ready, learned["mean"], np.nan)
        floor = np.maximum(size_of(self.floor, mean), 1e-9)
        return {"mean": mean, "deviation": np.maximum(np.sqrt(learned["variance"]), floor)}

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        mean, deviation = context["mean"], context["deviation"]
        away = (seen.value - mean) / deviation
        known = seen.known & np.isfinite(away)
        step = np.where(known, away, 0.0)
        down = np.where(known, np.maximum(track["down"] - step - self.slack, 0.0), track["down"])
        up = np.where(known, np.maximum(track["up"] + step - self.slack, 0.0), track["up"])
        total = {"below": down, "above": up, "outside": np.maximum(down, up)}[self.setting.side]
        track["down"] = np.where(known & (down >= self.limit), 0.0, down)
        track["up"] = np.where(known & (up >= self.limit), 0.0, up)
        score = total / max(self.limit, 1e-9)
        least = self.slack * deviation
        return verdict(known & (total >= self.limit), known, score, mean, mean - least, mean + least)

    def learn(
        self, seen: Seen, context: Mapping[str, Floats], usual: Bools, learned: Arrays, tables: Tables
    ) -> None:
        fit = usual & seen.known & np.isfinite(seen.value)
        mean, variance, count = learned["mean"], learned["variance"], learned["count"]
        # The plain mean of what there is, until there is more of it than the half life holds.
        weight = np.maximum(1 - 0.5 ** (self.setting.every / self.half_life), 1 / (count + 1))
        away = np.where(fit, seen.value - mean, 0.0)
        learned["mean"] = mean + np.where(fit, weight * away, 0.0)
        learned["variance"] = np.where(fit, (1 - weight) * (variance + weight * away * away), variance)
        learned["count"] = count + fit

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Drift(Setting("below", 60, 60))
        >>> detector.sentence({"value": 880, "expected": 910}, "items/h")
        'for some time it has been below the usual 910 items/h, a little each window; now 880'
        """
        value, mean = figures.get("value", math.nan), figures.get("expected", math.nan)
        usual = f"{compared(value, mean)} the usual {quantity(mean, unit)}"
        return f"for some time it has been {usual}, a little each window; now {figure(value)}"
