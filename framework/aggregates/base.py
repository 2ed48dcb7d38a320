"""What every aggregate is: a mergeable state kept in columns, and a value made of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import polars as pl


class Aggregate(ABC):
    """One way to make many events one value, in any number of steps and in any order.

    A wide aggregate keeps its state in columns beside the key, named `<id>.<part>`. A long one (a
    sketch) keeps rows of its own, with the extra key `bin` and the count `n`. Merging is exactly
    associative and commutative for all of them, so a value never depends on how events were batched.

    In all methods `x` is the argument (null where it is missing), `mask` the condition (never null)
    or None, `t` the event's time in microseconds, `id` the measure's own name.
    """

    name: ClassVar[str]
    long: ClassVar[bool] = False
    nothing: ClassVar[Any] = None  # the value where there was no event


class WideAggregate(Aggregate):
    """State in columns beside the key."""

    parts: ClassVar[dict[str, tuple[pl.DataType, Any]]] = {}  # part -> its type, its identity

    @abstractmethod
    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, id: str) -> list[pl.Expr]:
        """The state of a group of events, for use inside `group_by(...).agg(...)`."""

    @abstractmethod
    def merge(self, id: str) -> list[pl.Expr]:
        """The state of a group of states, for use inside `group_by(...).agg(...)`."""

    @abstractmethod
    def value(self, id: str) -> pl.Expr:
        """The value of a state."""

    def empty(self) -> dict[str, Any]:
        """The identity of the merge, part by part."""
        return {part: identity for part, (_, identity) in self.parts.items()}


class LongAggregate(Aggregate):
    """State in rows of its own: `bin` and `n` for each key."""

    long = True
    bin_type: ClassVar[pl.DataType]

    @abstractmethod
    def rows(self, x: pl.Expr) -> pl.Expr:
        """The `bin` of each event."""

    def trim(self, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        """The state without the rows that can no longer matter."""
        return frame

    @abstractmethod
    def evaluate(self, frame: pl.DataFrame, keys: list[str], parameter: float | None) -> pl.DataFrame:
        """The values: `keys` and `value`, for the keys that have any row."""


def masked(x: pl.Expr, mask: pl.Expr | None) -> pl.Expr:
    """The argument where the condition holds, null elsewhere."""
    return x if mask is None else pl.when(mask).then(x)
