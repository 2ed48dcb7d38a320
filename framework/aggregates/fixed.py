"""Numbers as 128-bit fixed point, because sums of integers are exact in any order and those of floats are not."""

from __future__ import annotations

import polars as pl

SCALE = 2.0**50  # resolution 9e-16; with |x| up to 1e15, 2**27 events fit at the very least
SQUARE_SCALE = 2.0**24
_SPLIT = 2.0**27 + 1


def fixed(x: pl.Expr) -> pl.Expr:
    """A number as Int128, in steps of 1 / SCALE. Each value is rounded by itself: no order is involved."""
    return (x.cast(pl.Float64) * SCALE).round().cast(pl.Int128)


def unfixed(total: pl.Expr) -> pl.Expr:
    """The sum as a float."""
    return total.cast(pl.Float64) / SCALE


def square(x: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The square of a number as the float nearest to it and the exact rest.

    Two-product by splitting: T. J. Dekker, "A floating-point technique for extending the available
    precision", Numerische Mathematik 18 (1971).
    """
    whole = x.cast(pl.Float64)
    split = whole * _SPLIT
    high = split - (split - whole)
    low = whole - high
    nearest = whole * whole
    rest = ((high * high - nearest) + 2.0 * high * low) + low * low
    return nearest, rest
