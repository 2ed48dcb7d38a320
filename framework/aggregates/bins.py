"""The bins of a DDSketch: their bounds grow by a constant factor, so a bin tells a value within 0.8 %.

A positive value's bin is `_OFFSET` plus its place on the logarithmic scale, a negative one's is minus
that, and 0 has bin 0: bins are in the order of their values.
"""

from __future__ import annotations

import math

import polars as pl

ACCURACY = 0.008
TYPE = pl.Int32()
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_LOG_GAMMA = math.log(_GAMMA)
_LEAST = 1e-300  # smaller sizes count as zero
_MOST = 1e300
_OFFSET = 1 << 24  # parts positive bins from negative ones


def bin_of(value: pl.Expr) -> pl.Expr:
    """The bin of a number.

    >>> pl.select(bin_of(pl.Series([-2.0, 0.0, 1.0, 2.0]))).to_series().to_list()
    [-16777260, 0, 16777216, 16777260]
    """
    value = value.cast(pl.Float64)
    size = value.abs().clip(_LEAST, _MOST)
    place = (size.log() / _LOG_GAMMA).ceil().cast(pl.Int32) + _OFFSET
    return pl.when(value.abs() < _LEAST).then(0).when(value > 0).then(place).otherwise(-place).cast(TYPE)


def middle(bins: pl.Expr) -> pl.Expr:
    """The point of a bin whose relative distance to both of its bounds is the same."""
    return _signed(bins, _outer(bins) * (2 / (_GAMMA + 1)))


def lower(bins: pl.Expr) -> pl.Expr:
    """The lower bound of a bin."""
    return _signed(bins, pl.when(bins > 0).then(_outer(bins) / _GAMMA).otherwise(_outer(bins)))


def upper(bins: pl.Expr) -> pl.Expr:
    """The upper bound of a bin.

    >>> seven = bin_of(pl.Series([7.0, -7.0, 0.0]))
    >>> pl.select(lower(seven).round(2).alias("from"), upper(seven).round(2).alias("to")).rows()
    [(6.93, 7.04), (-7.04, -6.93), (0.0, 0.0)]
    """
    return _signed(bins, pl.when(bins > 0).then(_outer(bins)).otherwise(_outer(bins) / _GAMMA))


def _outer(bins: pl.Expr) -> pl.Expr:
    """The size of the bound further from zero."""
    return ((bins.abs() - _OFFSET).cast(pl.Float64) * _LOG_GAMMA).exp()


def _signed(bins: pl.Expr, size: pl.Expr) -> pl.Expr:
    return pl.when(bins == 0).then(0.0).when(bins > 0).then(size).otherwise(-size)
