"""How many events there are, or how many meet a condition."""

from __future__ import annotations

import polars as pl

from framework.aggregates.base import WideAggregate


class Count(WideAggregate):
    """`count()`, `count(condition)`: an integer, 0 where there is none."""

    name = "count"
    parts = {"n": (pl.Int64(), 0)}
    nothing = 0

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, id: str) -> list[pl.Expr]:
        counted = pl.len() if mask is None else mask.sum()
        return [counted.cast(pl.Int64).alias(f"{id}.n")]

    def merge(self, id: str) -> list[pl.Expr]:
        return [pl.col(f"{id}.n").sum()]

    def value(self, id: str) -> pl.Expr:
        return pl.col(f"{id}.n")
