"""The mean of an argument, kept as sum and count so that it merges."""

from __future__ import annotations

import polars as pl

from framework.aggregates.base import WideAggregate, masked
from framework.aggregates.fixed import fixed, unfixed


class Mean(WideAggregate):
    """`mean(x)`: null where there is no value."""

    name = "mean"
    parts = {"total": (pl.Int128(), 0), "n": (pl.Int64(), 0)}

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, id: str) -> list[pl.Expr]:
        assert x is not None
        chosen = masked(x, mask)
        return [
            fixed(chosen).sum().alias(f"{id}.total"),
            chosen.count().cast(pl.Int64).alias(f"{id}.n"),
        ]

    def merge(self, id: str) -> list[pl.Expr]:
        return [pl.col(f"{id}.total").sum(), pl.col(f"{id}.n").sum()]

    def value(self, id: str) -> pl.Expr:
        n = pl.col(f"{id}.n")
        return pl.when(n > 0).then(unfixed(pl.col(f"{id}.total")) / n)
