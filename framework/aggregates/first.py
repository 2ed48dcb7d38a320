"""The first value of an argument in event time."""

from __future__ import annotations

import polars as pl

from framework.aggregates.base import WideAggregate, masked


class First(WideAggregate):
    """`first(x)`: the value of the earliest event that has one; among equal times the least."""

    name = "first"
    parts = {"time": (pl.Int64(), None), "value": (pl.Float64(), None)}

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, id: str) -> list[pl.Expr]:
        assert x is not None
        return _at_end(masked(x, mask).cast(pl.Float64), t, id)

    def merge(self, id: str) -> list[pl.Expr]:
        return _at_end(pl.col(f"{id}.value"), pl.col(f"{id}.time"), id)

    def value(self, id: str) -> pl.Expr:
        return pl.col(f"{id}.value")


def _at_end(value: pl.Expr, time: pl.Expr, id: str) -> list[pl.Expr]:
    known = value.is_not_null()
    end = time.filter(known).min()
    # Equal times are decided by value, because their order differs from one batching to another.
    return [end.alias(f"{id}.time"), value.filter(known & (time == end)).min().alias(f"{id}.value")]
