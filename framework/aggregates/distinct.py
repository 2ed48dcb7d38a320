"""How many distinct values an argument has, within 2 %."""

from __future__ import annotations

import polars as pl

from framework.aggregates.base import LongAggregate

KEPT = 65_536
_SPAN = 2.0**64
_SEED = 0x9E3779B97F4A7C15


class Distinct(LongAggregate):
    """`distinct(x)`: exact up to 65,535 values; beyond, with a standard error of 0.39 %.

    Keeps the k = 65,536 least 64-bit hashes of the values; when the greatest of these is the share u of
    all hashes, there are about (k - 1) / u values. Z. Bar-Yossef et al., "Counting distinct
    elements in a data stream", RANDOM 2002; E. Cohen, H. Kaplan, "Summarizing data using bottom-k
    sketches", PODC 2007. Chosen before HyperLogLog because most windows of a key are small: there it is
    exact and costs one row a value.

    The hash has a fixed seed, so processes agree on it; it may change with a release of Polars, and
    then a value seen before and after the upgrade counts twice in the windows open at that moment.
    """

    name = "distinct"
    bin_type = pl.UInt64()
    nothing = 0

    def rows(self, x: pl.Expr) -> pl.Expr:
        return x.hash(_SEED)

    def trim(self, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        if frame.height <= KEPT:
            return frame
        if not keys:
            return frame.bottom_k(KEPT, by="bin")
        # To count is cheap, to rank is not: most frames have no key that is over the limit.
        if frame.group_by(keys).len()["len"].max() <= KEPT:  # type: ignore[operator]
            return frame
        return frame.filter(pl.col("bin").rank("ordinal").over(keys) <= KEPT)

    def evaluate(self, frame: pl.DataFrame, keys: list[str], parameter: float | None) -> pl.DataFrame:
        kept = pl.len()
        estimate = (KEPT - 1) / (pl.col("bin").max().cast(pl.Float64) / _SPAN)
        value = pl.when(kept < KEPT).then(kept.cast(pl.Float64)).otherwise(estimate.round()).cast(pl.Int64)
        return frame.group_by(keys).agg(value.alias("value")) if keys else frame.select(value.alias("value"))
