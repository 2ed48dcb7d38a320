"""A fixed bound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.detectors.base import Arrays, Detector, Floats, Seen, Verdict
from framework.detectors.figures import verdict
from framework.detectors.words import quantity


@dataclass(frozen=True)
class Threshold(Detector):
    """`threshold: {below: 900}`: fires below `below` or above `above` (the KPI's unit), whatever side the
    rule names; a value at the bound is still fine. There is nothing that it expects."""

    below: float | None = None
    above: float | None = None
    name: ClassVar[str] = "threshold"

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        value, known = seen.value, seen.known & ~np.isnan(seen.value)
        lower, upper = (
            np.full(len(seen), math.nan if bound is None else float(bound))
            for bound in (self.below, self.above)
        )
        past = np.fmax(_past(lower - value, lower), _past(value - upper, upper))
        return verdict((value < lower) | (value > upper), known, past, seen.nan, lower, upper)

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Threshold(Setting("below", 60, 60), below=900)
        >>> detector.sentence({"value": 850, "lower": 900, "upper": math.nan}, "items/h")
        '850 items/h is below the limit of 900 items/h'
        """
        value = figures.get("value", math.nan)
        high = self.above is not None and (self.below is None or value > self.above)
        word, bound = ("above", self.above) if high else ("below", self.below)
        limit = math.nan if bound is None else float(bound)
        return f"{quantity(value, unit)} is {word} the limit of {quantity(limit, unit)}"


def _past(excess: Floats, bound: Floats) -> Floats:
    """1 at the bound, and 1 more for each time its own size beyond; NaN where there is no bound."""
    past: Floats = 1.0 + excess / np.where(bound == 0, 1.0, np.abs(bound))
    return past
