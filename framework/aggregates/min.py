"""The least value of an argument."""

from __future__ import annotations

import polars as pl

from framework.aggregates.base import WideAggregate, masked


class Min(WideAggregate):
    """`min(x)`: null where there is no value."""

    name = "min"
    parts = {"least": (pl.Float64(), None)}

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, id: str) -> list[pl.Expr]:
        assert x is not None
        return [masked(x, mask).cast(pl.Float64).min().alias(f"{id}.least")]

    def merge(self, id: str) -> list[pl.Expr]:
        return [pl.col(f"{id}.least").min()]

    def value(self, id: str) -> pl.Expr:
        return pl.col(f"{id}.least")
