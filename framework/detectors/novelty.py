"""What a key has never done before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from framework.definitions.rule import Amount
from framework.detectors.base import Array, Arrays, Bools, Column, Detector, Floats, Seen, Verdict
from framework.detectors.figures import size_of, verdict
from framework.detectors.words import compared, figure, quantity

_DAY = 86_400_000_000
_FLOOR = Amount(2, percent=True)
_MEANS = 3


@dataclass(frozen=True)
class Novelty(Detector):
    """`novelty: {alike: 13%}`: fires when a key's latest course resembles none that it had before.

    The course is three running means, over `short`, `long` and the windows between (their geometric mean);
    `of` says of what: of the values, or of the steps from each to the next. Each key remembers up to
    `patterns` courses. One is alike another when each mean differs by no more than `alike`, a share of
    the range that this mean was seen in. The range draws in to half its width after `over`
    (microseconds), and is no less wide than `floor`, in the KPI's unit or a share of its middle (for
    steps: of the value). A course like none is remembered in place of the one that was met least lately,
    and fires when it is further from all than `clear` times `alike`; `score` is how many times. For values
    it fires only where the value is on the rule's side of the long mean. UNKNOWN until `history` windows
    were seen.

    Novelty by the nearest prototype, whose vigilance makes a new category of what resembles none: as
    adaptive resonance theory has it (Carpenter & Grossberg 1987, Computer Vision, Graphics, and Image
    Processing 37, 54-115), with the distance by the greatest difference.

    Learns from every window, in the track: what was seen once is no longer new. A threshold, a
    range or a band tells of what is wrong again.
    """

    of: Literal["values", "steps"] = "values"
    short: int = 3
    long: int = 30
    alike: float = 0.13
    clear: float = 1.1
    patterns: int = 48
    over: int = 14 * _DAY
    floor: Amount = _FLOOR
    history: int = 100
    name: ClassVar[str] = "novelty"

    def columns(self) -> tuple[Mapping[str, Column], Mapping[str, Column]]:
        track = {
            "last": Column(np.float64, math.nan),
            "means": Column(np.float64, 0.0, _MEANS),
            "low": Column(np.float64, math.nan, _MEANS),
            "high": Column(np.float64, math.nan, _MEANS),
            "courses": Column(np.float32, math.inf, _MEANS * self.patterns),
            "met": Column(np.int32, -1, self.patterns),
            "count": Column(np.int32, 0),
        }
        return track, {}

    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        value, count, last = seen.value, track["count"], track["last"]
        known = seen.known & np.isfinite(value)
        steps = np.abs(value - np.where(np.isnan(last), value, last))
        latest = value if self.of == "values" else steps
        track["last"] = np.where(known, value, last)
        before = track["means"]
        weights = np.maximum(1 / self._lengths, 1 / (count[:, None] + 1))
        means = np.where(known[:, None], before + weights * (latest[:, None] - before), before)
        track["means"] = means
        score = self._meet(means, known, self._widths(last, track), track) / self.clear
        expected = np.where(count > 0, before[:, -1], np.nan)
        if self.of == "values":
            sides = {"below": value < expected, "above": value > expected}
            score = np.where(sides.get(self.setting.side, True), score, 0.0)
        else:
            expected = seen.nan
        return verdict(score > 1, known & (count >= self.history), score, expected, seen.nan, seen.nan)

    def _meet(self, means: Floats, known: Bools, widths: Floats, track: Arrays) -> Floats:
        """How far each key's course is from the nearest that it remembers; remembers it where it is new."""
        keys = np.arange(len(means))
        courses = track["courses"].reshape(len(means), _MEANS, self.patterns)
        distances = self._distances(courses, means, widths)
        nearest = distances.argmin(axis=1)
        distance = distances[keys, nearest].astype(np.float64) / max(self.alike, 1e-6)
        new = known & (distance > 1)
        met, place = track["met"].copy(), np.where(new, track["met"].argmin(axis=1), nearest)
        met[keys[known], place[known]] = track["count"][known]
        if new.any():
            courses = courses.copy()
            courses[keys[new], :, place[new]] = means[new]
            track["courses"] = courses.reshape(track["courses"].shape)
        track["met"], track["count"] = met, track["count"] + known
        self._widen(means, known, track)
        return np.where(np.isfinite(distance), distance, 1e6)

    def _widths(self, last: Floats, track: Arrays) -> Floats:
        """The width of the range of each mean. Small steps of a large value are small, so its size counts."""
        low, high = track["low"], track["high"]
        size = (low + high) / 2 if self.of == "values" else last[:, None] + np.zeros(_MEANS)
        width = np.fmax(high - low, np.fmax(size_of(self.floor, size), 1e-9))
        return np.where(np.isnan(width), 1.0, width)

    def _distances(self, courses: Array, means: Floats, widths: Floats) -> Array:
        """The greatest difference of the means, by key and course; in 32 bits, which are plenty and fast."""
        latest, width = means.astype(np.float32), widths.astype(np.float32)
        greatest = np.zeros((len(means), self.patterns), dtype=np.float32)
        with np.errstate(over="ignore"):
            for one in range(_MEANS):
                away = courses[:, one] - latest[:, one, None]
                np.abs(away, out=away)
                away /= width[:, one, None]
                np.maximum(greatest, away, out=greatest)
        return greatest

    def _widen(self, means: Floats, known: Bools, track: Arrays) -> None:
        low, high = track["low"], track["high"]
        drawn_in = (high - low) / 2 * (1 - 0.5 ** (self.setting.every / self.over))
        track["low"] = np.where(known[:, None], np.fmin(low + drawn_in, means), low)
        track["high"] = np.where(known[:, None], np.fmax(high - drawn_in, means), high)

    @property
    def _lengths(self) -> Array:
        return np.array([self.short, round(math.sqrt(self.short * self.long)), self.long], dtype=np.float64)

    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """
        >>> from framework.detectors.base import Setting
        >>> detector = Novelty(Setting("outside", 60, 60))
        >>> detector.sentence({"value": 40, "expected": 12}, "items")
        'such a course was not seen before: 40 items is above the 12 of the last 30 windows'
        >>> Novelty(Setting("outside", 60, 60), of="steps").sentence({"value": 40}, "items")
        'it moves from window to window as it never did before; now it is 40 items'
        """
        value, mean = figures.get("value", math.nan), figures.get("expected", math.nan)
        if self.of == "steps":
            return f"it moves from window to window as it never did before; now it is {quantity(value, unit)}"
        against = f"{compared(value, mean)} the {figure(mean)} of the last {self.long} windows"
        return f"such a course was not seen before: {quantity(value, unit)} is {against}"
