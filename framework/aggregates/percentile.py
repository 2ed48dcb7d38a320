"""A percentile of an argument, within 1 %."""

from __future__ import annotations

import polars as pl

from framework.aggregates import bins
from framework.aggregates.base import LongAggregate


class Percentile(LongAggregate):
    """`percentile(x, p)`, `median(x)`: linear between the two nearest ranks, as a spreadsheet's PERCENTILE.

    A DDSketch: values are counted in bins whose bounds grow by a constant factor, so the value of
    each rank is known within a relative error of 0.8 %, and so is what lies between two ranks of
    the same sign. C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile
    sketch with relative-error guarantees", PVLDB 12 (2019). Bins are never collapsed: a key has one row
    for each 1.6 % step that its data touches, 145 a power of ten.
    """

    name = "percentile"
    bin_type = bins.TYPE

    def rows(self, x: pl.Expr) -> pl.Expr:
        return bins.bin_of(x)

    def evaluate(self, frame: pl.DataFrame, keys: list[str], parameter: float | None) -> pl.DataFrame:
        assert parameter is not None
        share = parameter / 100
        rank = (pl.col("@total") - 1) * share
        low, high = rank.floor(), rank.ceil()
        by_key = pl.col("n").cum_sum().over(keys) if keys else pl.col("n").cum_sum()
        total = pl.col("n").sum().over(keys) if keys else pl.col("n").sum()
        ranked = (
            frame.lazy()
            .sort([*keys, "bin"])
            .with_columns(
                by_key.alias("@upto"), total.alias("@total"), bins.middle(pl.col("bin")).alias("@estimate")
            )
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
