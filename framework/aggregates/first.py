"""The first value of an argument in event time."""

from __future__ import annotations

import polars as pl

from framework.aggregates.at_end import AtEnd


class First(AtEnd):
    """`first(x)`: the value of the earliest event that has one; among equal times the least.

    It has the argument's own type, text too; null where there is no value.
    """

    name = "first"

    def end(self, column: pl.Expr) -> pl.Expr:
        return column.min()
