"""Scores to episodes: two of three windows, and one threshold for a budget of false alarms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.sorters.plants import DAY, MINUTE
from benchmarks.sorters.scoring import Episode

Floats = NDArray[np.float64]
APART = 10  # windows without a hit, after which a further one is another episode


def fired(scores: Floats, threshold: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Windows (rows) and keys (columns) where an episode begins: two of three scores reach the threshold."""
    hits = scores >= threshold
    near = hits.astype(np.int8)
    near[1:] += hits[:-1]
    near[2:] += hits[:-2]
    key, window = np.nonzero(((near >= 2) & hits).T)
    new = np.ones(len(key), dtype=bool)
    new[1:] = (key[1:] != key[:-1]) | (window[1:] - window[:-1] > APART)
    return window[new], key[new]


def threshold_for(scores: Floats, minutes: int, budget: float) -> float:
    """The threshold with at most `budget` episodes a day and 100 keys over these windows of so many minutes.

    Windows without any score, as those that a peer was fitted to, are no exposure.
    """
    exposed = np.isfinite(scores).any(axis=1).sum()
    allowed = budget / 100 * scores.shape[1] * exposed * minutes / DAY
    seen = np.sort(scores[np.isfinite(scores)])
    low, high = 0, len(seen)
    while low < high:
        middle = (low + high) // 2
        if len(fired(scores, float(seen[middle]))[0]) > allowed:
            low = middle + 1
        else:
            high = middle
    return float(seen[low]) if low < len(seen) else np.inf


def episodes(name: str, scores: Floats, minutes: int, begin: int, threshold: float) -> list[Episode]:
    """The episodes at machines; `begin` is the start of the first window (microseconds)."""
    windows, keys = fired(scores, threshold)
    ends = begin + (windows + 1) * minutes * MINUTE
    return [Episode(name, "machine", int(key), int(end)) for key, end in zip(keys, ends, strict=True)]
