"""What every aggregate is: a mergeable state kept in columns, and a value made of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import polars as pl

Parts = Mapping[str, tuple[pl.DataType, Any]]


class Aggregate(ABC):
    """One way to make many events one value, in any number of steps and in any order.

    The state of a **wide** aggregate is a fixed number of columns beside the key, one a part, each
    named `<prefix>.<part>`: events become states by `partial`, states one state by `merge`, and a
    state its value by `value`. The state of a **long** aggregate (a sketch) grows with the data, so it
    has rows of its own: the key, `bin` and the count `n`. Merging those is adding `n` where key and
    `bin` are the same, then `trim`.

    The laws that one test holds for all: merging is exactly associative and commutative, `empty()` (no
    row at all for a long one) is its identity, and the value is the same to the last bit in whatever
    batches and order the events came.

    In all methods `x` is the argument, null where it is missing, never NaN, infinite or -0.0;
    `mask` is the condition or None, a null in it counting as false; `t` is the event's time in
    microseconds; `prefix` is the measure's id.
    """

    name: ClassVar[str]
    long: ClassVar[bool] = False
    nothing: ClassVar[Any] = None  # the value where there was no event


class WideAggregate(Aggregate):
    """State in columns beside the key."""

    parts: ClassVar[Parts] = {}  # part -> its type, its identity; for an argument of floats
    kept: ClassVar[tuple[str, ...]] = ()  # the parts that have the argument's own type

    @abstractmethod
    def partial(self, x: pl.Expr | None, mask: pl.Expr | None, t: pl.Expr, prefix: str) -> list[pl.Expr]:
        """The state of a group of events, for use inside `group_by(...).agg(...)`."""

    @abstractmethod
    def merge(self, prefix: str) -> list[pl.Expr]:
        """The state of a group of states, for use inside `group_by(...).agg(...)`."""

    @abstractmethod
    def value(self, prefix: str) -> pl.Expr:
        """The value of a state: null for an empty one, unless the class says otherwise."""

    def state(self, argument: pl.DataType | None = None) -> Parts:
        """Part by part the type and the identity of the state, for an argument of a type."""
        if argument is None:
            return self.parts
        return {
            part: (argument if part in self.kept else dtype, identity)
            for part, (dtype, identity) in self.parts.items()
        }

    def schema(self, argument: pl.DataType | None = None) -> dict[str, pl.DataType]:
        """Part by part the type of the state."""
        return {part: dtype for part, (dtype, _) in self.state(argument).items()}

    def empty(self) -> dict[str, Any]:
        """The identity of the merge, part by part."""
        return {part: identity for part, (_, identity) in self.parts.items()}


class LongAggregate(Aggregate):
    """State in rows of its own: `bin` and `n` for each key."""

    long = True
    bin_type: ClassVar[pl.DataType]

    @abstractmethod
    def rows(self, x: pl.Expr) -> pl.Expr:
        """The `bin` of each event, for the events that have an argument."""

    def trim(self, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        """The state without the rows that can no longer matter."""
        return frame

    @abstractmethod
    def evaluate(self, frame: pl.DataFrame, keys: list[str], parameter: float | None) -> pl.DataFrame:
        """The values: `keys` and `value`, for the keys that have any row."""


def masked(x: pl.Expr, mask: pl.Expr | None) -> pl.Expr:
    """The argument where the condition holds, null elsewhere."""
    return x if mask is None else pl.when(mask).then(x)
