"""What the first and the last value share: the value at one end of event time."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import polars as pl

from framework.aggregates.base import Parts, WideAggregate, masked


class AtEnd(WideAggregate):
    """The value of the event at one end of time; equal times are decided by value, at the same end."""

    parts: ClassVar[Parts] = {"time": (pl.Int64(), None), "value": (pl.Float64(), None)}
    kept = ("value",)

    @abstractmethod
    def end(self, column: pl.Expr) -> pl.Expr:
        """Which end: the least or the greatest of a column."""

    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        assert x is not None
        return self._chosen(masked(x, mask), t, prefix)

    def merge(self, prefix: str) -> list[pl.Expr]:
        return self._chosen(pl.col(f"{prefix}.value"), pl.col(f"{prefix}.time"), prefix)

    def value(self, prefix: str) -> pl.Expr:
        return pl.col(f"{prefix}.value")

    def _chosen(self, value: pl.Expr, time: pl.Expr, prefix: str) -> list[pl.Expr]:
        known = value.is_not_null()
        end = self.end(time.filter(known))
        # By value among equal times, because their order differs from one batching to another.
        found = self.end(value.filter(known & (time == end)))
        return [end.cast(pl.Int64).alias(f"{prefix}.time"), found.alias(f"{prefix}.value")]
