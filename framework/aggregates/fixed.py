"""Numbers as 128-bit fixed point: sums of integers are exact in any order, those of floats are not.

A number is kept as its whole part and its fraction in steps of 2**-50 (9e-16), each in an Int128 of
its own. Every number is rounded to that grid by itself, so the order of adding can't show.
"""

from __future__ import annotations

import polars as pl

BITS = 50
SCALE = 2.0**BITS
LIMIT = 1e30  # larger numbers count as missing; 2**27 of this size fit into a sum
SQUARE_LIMIT = 2.0**50  # the same for numbers that are squared; above the 1e15 that events may hold


def bounded(x: pl.Expr, limit: float = LIMIT) -> pl.Expr:
    """The number, null where it is beyond `limit`, NaN or infinite."""
    return pl.when(x.cast(pl.Float64).abs() <= limit).then(x)


def whole(x: pl.Expr) -> pl.Expr:
    """The whole part of a bounded number, as Int128. Integers stay exact at any size."""
    return x.cast(pl.Int128)


def fraction(x: pl.Expr) -> pl.Expr:
    """The fraction of a bounded number, of its sign, as Int128 in steps of 1 / SCALE."""
    # The difference is exact: both floats are close, and for an integer both round alike.
    rest = x.cast(pl.Float64) - whole(x).cast(pl.Float64)
    return (rest * SCALE).round().cast(pl.Int128)


def unfixed(total: pl.Expr, rest: pl.Expr) -> pl.Expr:
    """The sum of whole parts and of fractions as one float."""
    return total.cast(pl.Float64) + rest.cast(pl.Float64) / SCALE
