"""The greatest value of an argument."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from framework.aggregates.base import Parts, WideAggregate, masked


class Max(WideAggregate):
    """`max(x)`: of the argument's own type, text too; null where there is no value."""

    name = "max"
    parts: ClassVar[Parts] = {"greatest": (pl.Float64(), None)}
    kept = ("greatest",)

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        assert x is not None
        return [masked(x, mask).max().alias(f"{prefix}.greatest")]

    def merge(self, prefix: str) -> list[pl.Expr]:
        return [pl.col(f"{prefix}.greatest").max()]

    def value(self, prefix: str) -> pl.Expr:
        return pl.col(f"{prefix}.greatest")
