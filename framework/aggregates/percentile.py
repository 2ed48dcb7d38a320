"""A percentile of an argument, within 1 %."""

from __future__ import annotations

import math

import polars as pl

from framework.aggregates.base import LongAggregate

ACCURACY = 0.008
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_LOG_GAMMA = math.log(_GAMMA)
_LEAST = 1e-300  # smaller sizes count as zero
_MOST = 1e300
_OFFSET = 1 << 24  # parts positive bins from negative ones


class Percentile(LongAggregate):
    """`percentile(x, p)`, `median(x)`: linear between the two nearest ranks, as a spreadsheet's PERCENTILE.

    A DDSketch: values are counted in bins whose bounds grow by a constant factor, so the value of
    each rank is known within a relative error of 0.8 %, and so is what lies between two ranks of
    the same sign. C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile
    sketch with relative-error guarantees", PVLDB 12 (2019). Bins are never collapsed: a key has one row
    for each 1.6 % step that its data touches, 145 a power of ten.
    """

    name = "percentile"
    bin_type = pl.Int32()

    def rows(self, x: pl.Expr) -> pl.Expr:
        value = x.cast(pl.Float64)
        size = value.abs().clip(_LEAST, _MOST)
        place = (size.log() / _LOG_GAMMA).ceil().cast(pl.Int32) + _OFFSET
        return (
            pl.when(value.abs() < _LEAST).then(0).when(value > 0).then(place).otherwise(-place).cast(pl.Int32)
        )

    def evaluate(self, frame: pl.DataFrame, keys: list[str], parameter: float | None) -> pl.DataFrame:
        assert parameter is not None
        share = parameter / 100
        bins = pl.col("bin")
        place = bins.abs() - _OFFSET
        # The point of a bin whose relative distance to both bounds is the same.
        middle = (place.cast(pl.Float64) * _LOG_GAMMA).exp() * (2 / (_GAMMA + 1))
        estimate = pl.when(bins == 0).then(0.0).when(bins > 0).then(middle).otherwise(-middle)
        rank = (pl.col("@total") - 1) * share
        low, high = rank.floor(), rank.ceil()
        by_key = pl.col("n").cum_sum().over(keys) if keys else pl.col("n").cum_sum()
        total = pl.col("n").sum().over(keys) if keys else pl.col("n").sum()
        ranked = (
            frame.lazy()
            .sort([*keys, "bin"])
            .with_columns(by_key.alias("@upto"), total.alias("@total"), estimate.alias("@estimate"))
        )
        aggregated = [
            pl.col("@estimate").filter(pl.col("@upto") > low).first().alias("@low"),
            pl.col("@estimate").filter(pl.col("@upto") > high).first().alias("@high"),
            (rank - low).first().alias("@share"),
        ]
        found = (
            ranked.group_by(keys, maintain_order=True).agg(aggregated) if keys else ranked.select(aggregated)
        )
        between = pl.col("@low") + (pl.col("@high") - pl.col("@low")) * pl.col("@share")
        return found.select(*keys, between.alias("value")).collect()
