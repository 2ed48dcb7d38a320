"""What several detectors make of their figures: amounts, scores, the side that counts."""

from __future__ import annotations

import numpy as np

from framework.definitions.rule import Amount, Side
from framework.detectors.base import UNKNOWN, Bools, Floats, Ints, Verdict

MOST = 1e6  # a score says no more above this, and stays finite
_TINY = 1e-9


def size_of(amount: Amount, base: Floats) -> Floats:
    """An amount in the KPI's unit: as it stands, or so many hundredths of the size of `base`.

    >>> size_of(Amount(5, percent=True), np.array([200.0, -200.0])), size_of(Amount(5), np.array([1.0]))
    (array([10., 10.]), array([5.]))
    """
    if amount.percent:
        return np.abs(base) * (amount.value / 100)
    return np.full(base.shape, float(amount.value))


def distance(value: Floats, expected: Floats, lower: Floats, upper: Floats, side: Side) -> Floats:
    """How far a value is towards the bounds: 0 where it is as expected, 1 at the bound of the side that
    counts, 0 too where anything is unknown.

    >>> distance(np.array([90.0, 70.0]), *(np.array([x, x]) for x in (100.0, 80.0, 110.0)), "below")
    array([0.5, 1.5])
    """
    least = np.maximum(np.abs(expected) * _TINY, 1e-200)
    below = (expected - value) / np.maximum(expected - lower, least)
    above = (value - expected) / np.maximum(upper - expected, least)
    found = {"below": below, "above": above, "outside": np.fmax(below, above)}[side]
    return bounded(found)


def bounded(score: Floats) -> Floats:
    """A score between 0 and `MOST`, 0 where it is unknown."""
    return np.clip(np.nan_to_num(score, nan=0.0), 0.0, MOST)


def verdict(
    hit: Bools, known: Bools, score: Floats, expected: Floats, lower: Floats, upper: Floats
) -> Verdict:
    """A verdict that is UNKNOWN where `known` is false, and has a score of 0 there."""
    firing = np.where(known, hit, UNKNOWN).astype(np.int8)
    return Verdict(firing, np.where(known, bounded(score), 0.0), expected, lower, upper)


def places(row: Ints, wanted: Ints) -> Ints:
    """Where each number of `wanted` stands in `row`, whose numbers differ; -1 where it is not there.

    >>> places(np.array([7, 3, 9]), np.array([3, 4, 9]))
    array([ 1, -1,  2])
    """
    if len(row) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(row, kind="stable")
    found = order[np.minimum(np.searchsorted(row[order], wanted), len(row) - 1)]
    return np.where(row[found] == wanted, found, -1)
