"""The score of the Numenta Anomaly Benchmark (Lavin & Ahmad 2015, arXiv:1510.03336), written anew.

Each labelled window gives the credit of the earliest row detected in it, or costs `missed`; each row detected
elsewhere costs up to `false`, less when it comes soon after a window. Rows of the probation don't count.
100 is every window at its first row and nothing else, 0 is silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.nab.corpus import Series

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Profile:
    """What the benchmark calls an application profile: a hit is worth 1."""

    name: str
    missed: float
    false: float


PROFILES = (
    Profile("standard", 1.0, 0.11),
    Profile("low false positives", 1.0, 0.22),
    Profile("low false negatives", 2.0, 0.11),
)


@dataclass(frozen=True)
class Result:
    """The best of a sweep: rows with at least `threshold` are detections."""

    score: float
    threshold: float


def position_credit(position: Floats) -> Floats:
    """1 well before a window's end (-1 is its first row), 0 at its end (0), -1 well after it (from 3 on)."""
    curve = 2 / (1 + np.exp(5 * np.minimum(position, 3.0))) - 1
    return np.where(position >= 3.0, -1.0, curve)


@dataclass(frozen=True)
class Board:
    """The scored rows of some series, one after another.

    `row` is their place among all rows laid end to end, `window` the number of the labelled window or -1,
    `credit` from 0 to 1 within a window, down to -1 outside. `windows` counts the windows.
    """

    row: NDArray[np.int64]
    window: NDArray[np.int64]
    credit: Floats
    windows: int

    @classmethod
    def of(cls, series: Sequence[Series]) -> Board:
        """The board of these series, laid end to end in their order."""
        rows, windows, earned, start, count = [], [], [], 0, 0
        for one in series:
            window, credit = _marks(one)
            scored = np.arange(one.probation, len(one))
            rows.append(start + scored)
            windows.append(np.where(window[scored] < 0, -1, window[scored] + count))
            earned.append(credit[scored])
            start, count = start + len(one), count + len(one.windows)
        return cls(np.concatenate(rows), np.concatenate(windows), np.concatenate(earned), count)

    def normal(self, raw: float, profile: Profile) -> float:
        """A sum of credits and costs on the scale on which silence is 0 and perfection 100."""
        silence = -profile.missed * self.windows
        return 100 * (raw - silence) / (self.windows - silence)

    def score(self, detected: Bools, profile: Profile) -> float:
        """The score of rows marked as detections, all rows end to end."""
        return self.score_rows(np.flatnonzero(detected[self.row]), profile)

    def score_rows(self, places: NDArray[np.int64], profile: Profile) -> float:
        """The score of detections given by their places on the board."""
        window, credit = self.window[places], self.credit[places]
        inside = window >= 0
        best = np.full(self.windows, -profile.missed)
        np.maximum.at(best, window[inside], credit[inside])
        return self.normal(float(best.sum() + profile.false * credit[~inside].sum()), profile)

    def sweep(self, scores: Floats, profile: Profile) -> Result:
        """The threshold that is best for the whole board, as the benchmark picks it, and its score."""
        scores = scores[self.row]
        order = np.argsort(-scores, kind="stable")
        window = self.window[order]
        change = np.where(window < 0, profile.false * self.credit[order], 0.0)
        best = np.full(self.windows, -profile.missed)
        for place in np.flatnonzero(window >= 0):
            credit = self.credit[order[place]]
            gain = credit - best[window[place]]
            if gain > 0:
                change[place], best[window[place]] = gain, credit
        raw = np.cumsum(change) - profile.missed * self.windows
        last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
        top = last[np.argmax(raw[last])]
        silence = -profile.missed * self.windows
        if raw[top] <= silence:
            return Result(0.0, float("inf"))
        return Result(self.normal(float(raw[top]), profile), float(scores[order[top]]))


def _marks(series: Series) -> tuple[NDArray[np.int64], Floats]:
    rows = np.arange(len(series))
    window = np.full(len(series), -1)
    position = np.full(len(series), 3.0)
    for number, (first, last) in enumerate(series.windows):
        width = last - first + 1
        position[last + 1 :] = (rows[last + 1 :] - last) / (width - 1)
        position[first : last + 1] = (rows[first : last + 1] - last - 1) / width
        window[first : last + 1] = number
    inside = position_credit(position) / position_credit(np.array(-1.0))
    return window, np.where(window >= 0, inside, position_credit(position))
