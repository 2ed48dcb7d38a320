"""The sum of an argument."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from framework.aggregates.base import Parts, WideAggregate, masked
from framework.aggregates.fixed import bounded, fraction, unfixed, whole


class Sum(WideAggregate):
    """`sum(x)`: the same to the last bit in whatever order the events came; 0 where there is none.

    Numbers beyond 1e30 count as missing; each is taken to the nearest 2**-50.
    """

    name = "sum"
    parts: ClassVar[Parts] = {"whole": (pl.Int128(), 0), "fraction": (pl.Int128(), 0)}
    nothing = 0.0

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        assert x is not None
        chosen = bounded(masked(x, mask))
        return [
            whole(chosen).sum().alias(f"{prefix}.whole"),
            fraction(chosen).sum().alias(f"{prefix}.fraction"),
        ]

    def merge(self, prefix: str) -> list[pl.Expr]:
        return [pl.col(f"{prefix}.{part}").sum() for part in self.parts]

    def value(self, prefix: str) -> pl.Expr:
        return unfixed(pl.col(f"{prefix}.whole"), pl.col(f"{prefix}.fraction"))
