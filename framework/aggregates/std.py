"""The standard deviation of an argument."""

from __future__ import annotations

import math

import polars as pl

from framework.aggregates.base import WideAggregate, masked
from framework.aggregates.fixed import SCALE, fixed, square

_COARSE = 2.0**30


class Std(WideAggregate):
    """`std(x)`: of a sample (n - 1), as a spreadsheet's STDEV; null for fewer than two values.

    The sums of x and of x squared are kept exactly, the square in a coarse and a fine part, and the
    variance is formed in whole numbers: nothing cancels, and no order or pairing of merges shows.
    """

    name = "std"
    parts = {
        "n": (pl.Int64(), 0),
        "total": (pl.Int128(), 0),
        "coarse": (pl.Int128(), 0),
        "fine": (pl.Int128(), 0),
    }

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, id: str) -> list[pl.Expr]:
        assert x is not None
        chosen = masked(x, mask)
        nearest, rest = square(chosen)
        coarse = (nearest / _COARSE).floor()
        fine = nearest - coarse * _COARSE
        return [
            chosen.count().cast(pl.Int64).alias(f"{id}.n"),
            fixed(chosen).sum().alias(f"{id}.total"),
            coarse.cast(pl.Int128).sum().alias(f"{id}.coarse"),
            (fixed(fine) + fixed(rest)).sum().alias(f"{id}.fine"),
        ]

    def merge(self, id: str) -> list[pl.Expr]:
        return [pl.col(f"{id}.{part}").sum() for part in self.parts]

    def value(self, id: str) -> pl.Expr:
        state = pl.struct(pl.col(f"{id}.{part}").alias(part) for part in self.parts)
        return state.map_batches(_deviations, return_dtype=pl.Float64)


def _deviations(states: pl.Series) -> pl.Series:
    columns = (states.struct.field(part).to_list() for part in Std.parts)
    return pl.Series([_deviation(*state) for state in zip(*columns, strict=True)], dtype=pl.Float64)


def _deviation(n: int, total: int, coarse: int, fine: int) -> float | None:
    if n is None or n < 2:
        return None
    scale = int(SCALE)
    squares = coarse * int(_COARSE) * scale + fine
    spread = n * squares * scale - total * total
    return math.sqrt(max(spread, 0) / (n * (n - 1) * scale * scale))
