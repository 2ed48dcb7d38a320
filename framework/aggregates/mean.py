"""The mean of an argument, kept as sum and count so that it merges."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from framework.aggregates.base import Parts, WideAggregate, masked
from framework.aggregates.fixed import bounded, fraction, unfixed, whole


class Mean(WideAggregate):
    """`mean(x)`: null where there is no value. Numbers are taken as by `sum`."""

    name = "mean"
    parts: ClassVar[Parts] = {"n": (pl.Int64(), 0), "whole": (pl.Int128(), 0), "fraction": (pl.Int128(), 0)}

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        assert x is not None
        chosen = bounded(masked(x, mask))
        return [
            chosen.count().cast(pl.Int64).alias(f"{prefix}.n"),
            whole(chosen).sum().alias(f"{prefix}.whole"),
            fraction(chosen).sum().alias(f"{prefix}.fraction"),
        ]

    def merge(self, prefix: str) -> list[pl.Expr]:
        return [pl.col(f"{prefix}.{part}").sum() for part in self.parts]

    def value(self, prefix: str) -> pl.Expr:
        n = pl.col(f"{prefix}.n")
        total = unfixed(pl.col(f"{prefix}.whole"), pl.col(f"{prefix}.fraction"))
        return pl.when(n > 0).then(total / n)
