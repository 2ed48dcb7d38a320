"""The least value of an argument."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from framework.aggregates.base import Parts, WideAggregate, masked


class Min(WideAggregate):
    """`min(x)`: of the argument's own type, text too; null where there is no value."""

    name = "min"
    parts: ClassVar[Parts] = {"least": (pl.Float64(), None)}
    kept = ("least",)

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        assert x is not None
        return [masked(x, mask).min().alias(f"{prefix}.least")]

    def merge(self, prefix: str) -> list[pl.Expr]:
        return [pl.col(f"{prefix}.least").min()]

    def value(self, prefix: str) -> pl.Expr:
        return pl.col(f"{prefix}.least")
