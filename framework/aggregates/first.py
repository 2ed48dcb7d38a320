"""The first value of an argument in event time."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from framework.aggregates.base import Parts, WideAggregate, masked


class First(WideAggregate):
    """`first(x)`: the value of the earliest event that has one; among equal times the least.

    It has the argument's own type, text too; null where there is no value.
    """

    name = "first"
    parts: ClassVar[Parts] = {"time": (pl.Int64(), None), "value": (pl.Float64(), None)}
    kept = ("value",)

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        assert x is not None
        return _at_end(masked(x, mask), t, prefix)

    def merge(self, prefix: str) -> list[pl.Expr]:
        return _at_end(pl.col(f"{prefix}.value"), pl.col(f"{prefix}.time"), prefix)

    def value(self, prefix: str) -> pl.Expr:
        return pl.col(f"{prefix}.value")


def _at_end(value: pl.Expr, time: pl.Expr, prefix: str) -> list[pl.Expr]:
    known = value.is_not_null()
    end = time.filter(known).min()
    # Equal times are decided by value, because their order differs from one batching to another.
    found = value.filter(known & (time == end)).min()
    return [end.cast(pl.Int64).alias(f"{prefix}.time"), found.alias(f"{prefix}.value")]
