"""How many events there are, or how many meet a condition."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from framework.aggregates.base import Parts, WideAggregate


class Count(WideAggregate):
    """`count()`, `count(condition)`: an integer, 0 where there is none."""

    name = "count"
    parts: ClassVar[Parts] = {"n": (pl.Int64(), 0)}
    nothing = 0

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        counted = pl.len() if mask is None else mask.sum()
        return [counted.cast(pl.Int64).alias(f"{prefix}.n")]

    def merge(self, prefix: str) -> list[pl.Expr]:
        return [pl.col(f"{prefix}.n").sum()]

    def value(self, prefix: str) -> pl.Expr:
        return pl.col(f"{prefix}.n")
