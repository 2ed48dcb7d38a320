"""The standard deviation of an argument."""

from __future__ import annotations

import math
from typing import ClassVar

import polars as pl

from framework.aggregates.base import Parts, WideAggregate, masked
from framework.aggregates.fixed import BITS, SQUARE_LIMIT, bounded, fraction, whole


class Std(WideAggregate):
    """`std(x)`: of a sample (n - 1), as a spreadsheet's STDEV; null for fewer than two values.

    A number is a + b / 2**50 with whole a and b, so the sums of a, b, a*a, a*b and b*b hold the sums
    of x and of x squared exactly. The variance is then formed in whole numbers of any size: nothing
    cancels, which is what Welford's and Chan's updates are for, and no order of merges shows, which
    it does with them. Numbers beyond 2**50 in size count as missing.
    """

    name = "std"
    parts: ClassVar[Parts] = {
        "n": (pl.Int64(), 0),
        "whole": (pl.Int128(), 0),
        "fraction": (pl.Int128(), 0),
        "whole_whole": (pl.Int128(), 0),
        "whole_fraction": (pl.Int128(), 0),
        "fraction_fraction": (pl.Int128(), 0),
    }

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        assert x is not None
        chosen = bounded(masked(x, mask), SQUARE_LIMIT)
        a, b = whole(chosen), fraction(chosen)
        return [
            chosen.count().cast(pl.Int64).alias(f"{prefix}.n"),
            a.sum().alias(f"{prefix}.whole"),
            b.sum().alias(f"{prefix}.fraction"),
            (a * a).sum().alias(f"{prefix}.whole_whole"),
            (a * b).sum().alias(f"{prefix}.whole_fraction"),
            (b * b).sum().alias(f"{prefix}.fraction_fraction"),
        ]

    def merge(self, prefix: str) -> list[pl.Expr]:
        return [pl.col(f"{prefix}.{part}").sum() for part in self.parts]

    def value(self, prefix: str) -> pl.Expr:
        state = pl.struct(pl.col(f"{prefix}.{part}").alias(part) for part in self.parts)
        return state.map_batches(_deviations, return_dtype=pl.Float64)


def _deviations(states: pl.Series) -> pl.Series:
    # One step a state, not an event: the products need 256 bits, which columns do not have.
    columns = (states.struct.field(part).to_list() for part in Std.parts)
    return pl.Series([_deviation(*state) for state in zip(*columns, strict=True)], dtype=pl.Float64)


def _deviation(n: int | None, a: int, b: int, aa: int, ab: int, bb: int) -> float | None:
    if n is None or n < 2:
        return None
    total = (a << BITS) + b
    squares = (aa << 2 * BITS) + (ab << BITS + 1) + bb
    return math.sqrt((n * squares - total * total) / (n * (n - 1) << 2 * BITS))
