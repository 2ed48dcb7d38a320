"""Clauses over detectors' verdicts, with three values: an unknown one decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from framework.definitions.rule import Clause, Combined, Leaf, Negated
from framework.detectors.base import NO, UNKNOWN, YES, Floats, Verdict

Firing = NDArray[np.int8]


def holds(clause: Clause, firing: Callable[[Leaf], Firing]) -> Firing:
    """YES, NO or UNKNOWN for each key, by Kleene's strong logic.

    S. C. Kleene, "Introduction to Metamathematics" (1952), section 64.
    """
    match clause:
        case Leaf():
            return firing(clause)
        case Negated(part):
            return _not(holds(part, firing))
        case Combined(by, parts):
            found = [holds(part, firing) for part in parts]
            return reduce(_and if by == "and" else _or, found)


def figures(verdicts: Mapping[str, Verdict], order: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
    """Expected, lower and upper for each key: of the first detector that fires and has any, or else of the
    first that has any."""
    count = len(next(iter(verdicts.values())).score)
    whole = tuple(np.full(count, np.nan) for _ in range(3))
    open_: NDArray[np.bool_] = np.ones(count, dtype=bool)
    for wanted in (YES, None):
        for name in order:
            one = verdicts[name]
            told = ~np.isnan(one.expected) | ~np.isnan(one.lower) | ~np.isnan(one.upper)
            take = open_ & told & (one.firing == YES if wanted == YES else True)
            for into, values in zip(whole, (one.expected, one.lower, one.upper), strict=True):
                into[take] = values[take]
            open_ = open_ & ~take
    return whole[0], whole[1], whole[2]


def _not(one: Firing) -> Firing:
    return np.where(one == UNKNOWN, UNKNOWN, 1 - one).astype(np.int8)


def _and(one: Firing, other: Firing) -> Firing:
    no = (one == NO) | (other == NO)
    yes = (one == YES) & (other == YES)
    return np.where(no, NO, np.where(yes, YES, UNKNOWN)).astype(np.int8)


def _or(one: Firing, other: Firing) -> Firing:
    return _not(_and(_not(one), _not(other)))
