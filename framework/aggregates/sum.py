"""The sum of an argument."""

from __future__ import annotations

import polars as pl

from framework.aggregates.base import WideAggregate, masked
from framework.aggregates.fixed import fixed, unfixed


class Sum(WideAggregate):
    """`sum(x)`: exact to the last bit of a float whatever the order; 0 where there is none."""

    name = "sum"
    parts = {"total": (pl.Int128(), 0)}
    nothing = 0.0

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, id: str) -> list[pl.Expr]:
        assert x is not None
        return [fixed(masked(x, mask)).sum().alias(f"{id}.total")]

    def merge(self, id: str) -> list[pl.Expr]:
        return [pl.col(f"{id}.total").sum()]

    def value(self, id: str) -> pl.Expr:
        return unfixed(pl.col(f"{id}.total"))
