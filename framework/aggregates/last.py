"""The last value of an argument in event time."""

from __future__ import annotations

import polars as pl

from framework.aggregates.at_end import AtEnd


class Last(AtEnd):
    """`last(x)`: the value of the latest event that has one; among equal times the greatest.

    It has the argument's own type, text too; null where there is no value.
    """

    name = "last"

    def end(self, column: pl.Expr) -> pl.Expr:
        return column.max()
