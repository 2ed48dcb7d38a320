"""A key against its peers in the same window."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors.base import Arrays, Detector, Floats, Ints, Seen, Tables, Verdict
from framework.detectors.figures import distance, size_of, verdict
from framework.detectors.words import count, figure, quantity, share

_FLOOR = Amount(5, percent=True)
_NORMAL = 1.4826  # the standard deviation of a normal law over its median absolute deviation


@dataclass(frozen=True)
class Peers(Detector):
    """`peers: {of: site, below: 70%}`: a key against the median of the others of its group in that window.

    `below` and `above` bound the value in hundredths of that median, or as a figure in the KPI's unit,
    whatever side the rule names. `z` bounds, on the rule's side, the distance from the median over the
    peers' own spread: their median absolute deviation, times 1.4826, and at least `floor`. Any one of the
    bounds is enough. F. R. Hampel, "The influence curve and its role in robust estimation", JASA 69 (1974).

    Median and spread leave the key itself out, exactly and in groups of any size, so that the odd one does
    not hide itself. UNKNOWN with fewer than `least` peers that have a value. A window that is judged again
    sees its peers as they were when it closed.
    """

    of: str = ""
    below: Amount | None = None
    above: Amount | None = None
    z: float | None = None
    least: int = 3
    floor: Amount = _FLOOR
    name: ClassVar[str] = "peers"
    told: ClassVar[tuple[str, ...]] = ("median", "peers")

    def context(self, seen: Seen, learned: Arrays, tables: Tables) -> dict[str, Floats]:
        group = seen.groups.get(self.of, np.full(len(seen), -1, dtype=np.int64))
        found = {"median": seen.nan, "spread": seen.nan, "peers": seen.nan}
        has = seen.known & ~np.isnan(seen.value) & (group >= 0)
        order = np.flatnonzero(has)
        order = order[np.lexsort((seen.value[order], group[order]))]
        if len(order):
            wanted = np.flatnonzero(group >= 0)
            others = _Others(order, seen.value, group, wanted)
            found["median"][wanted], found["spread"][wanted] = others.median_and_deviation()
            found["peers"][wanted] = others.count
        few = ~(found["peers"] >= self.least)
        found["median"][few] = found["spread"][few] = math.nan
        found["spread"] = np.maximum(found["spread"] * _NORMAL, size_of(self.floor, found["median"]))
        return found

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        median, spread, side = context["median"], context["spread"], self.setting.side
        lower, upper = self._bound(self.below, median), self._bound(self.above, median)
        if self.z is not None:
            reach = np.where(spread > 0, self.z * spread, math.nan)  # without any spread there is no measure
            if side != "above":
                lower = np.fmax(lower, median - reach)
            if side != "below":
                upper = np.fmin(upper, median + reach)
        known = seen.known & ~np.isnan(seen.value) & ~np.isnan(median)
        hit = (seen.value < lower) | (seen.value > upper)
        score = distance(seen.value, median, lower, upper, "outside")
        return verdict(hit, known, score, median, lower, upper)

    def _bound(self, amount: Amount | None, median: Floats) -> Floats:
        if amount is None:
            return np.full(median.shape, math.nan)
        if amount.percent:
            # Of a negative median, 70 % is still the lower figure.
            return median + np.abs(median) * (amount.value / 100 - 1)
        return np.where(np.isnan(median), math.nan, amount.value)

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Peers(Setting("below", 60, 60), of="site", below=Amount(70, percent=True))
        >>> detector.sentence({"value": 4100, "expected": 6800, "peers": 9}, "items/h")
        '4,100 items/h is 60.3% of the 6,800 items/h that its 9 peers of the same site have (median)'
        """
        value, median = figures.get("value", math.nan), figures.get("expected", math.nan)
        peers = figures.get("peers", math.nan)
        part = f"{share(value / median)} of" if median > 0 and value >= 0 else "beside"
        whose = f"its {figure(peers)} peers" if peers > 1 else count(peers, "peer")
        same = f"{whose} of the same {self.of} have (median)"
        return f"{quantity(value, unit)} is {part} the {quantity(median, unit)} that {same}"


class _Others:
    """For each wanted key the values of the others of its group, by rank, without ever listing them."""

    def __init__(self, order: Ints, value: Floats, group: Ints, wanted: Ints) -> None:
        """`order` sorts the keys that have a value by group, then by value."""
        self._sorted = value[order]
        groups = group[order]
        self._first = np.searchsorted(groups, group[wanted], side="left")
        size = np.searchsorted(groups, group[wanted], side="right") - self._first
        rank = np.full(len(value), len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        self._own = rank[wanted] - self._first  # beyond the group for a key without a value
        self.count = size - (self._own < size)

    def at(self, place: Ints) -> Floats:
        """The other at a place of the order; any figure where the place is outside."""
        shifted = self._first + place + (place >= self._own)
        found: Floats = self._sorted[np.clip(shifted, 0, len(self._sorted) - 1)]
        return found

    def median_and_deviation(self) -> tuple[Floats, Floats]:
        """The median of the others, and the median of their distances from it; NaN where there are none."""
        low, high = (self.count - 1) // 2, self.count // 2
        median = (self.at(low) + self.at(high)) / 2
        deviation = (self._nearest(median, low + 1) + self._nearest(median, high + 1)) / 2
        none = self.count == 0
        return np.where(none, math.nan, median), np.where(none, math.nan, deviation)

    def _nearest(self, middle: Floats, number: Ints) -> Floats:
        """The distance of the one with that `number` (from 1) among those nearest to `middle`.

        Those nearest are neighbours in the order. Over their first place, the distance at the lower end
        falls and that at the upper end rises: the least of the greater is where they cross.
        """
        least: Ints = np.zeros(len(middle), dtype=np.int64)
        most: Ints = np.maximum(self.count - number, 0)
        for _ in range(int(most.max(initial=0)).bit_length()):
            half = (least + most) // 2
            crossed = self.at(half + number - 1) - middle >= middle - self.at(half)
            least, most = np.where(crossed | (least >= most), least, half + 1), np.where(crossed, half, most)
        ends = [
            np.maximum(middle - self.at(place), self.at(place + number - 1) - middle)
            for place in (np.maximum(least - 1, 0), least)
        ]
        nearest: Floats = np.minimum(*ends)
        return nearest
