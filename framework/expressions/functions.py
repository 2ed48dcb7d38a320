"""The one table of what a formula may call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "bool", "text", "any"]


@dataclass(frozen=True)
class Function:
    """A function of values: the kinds of its arguments, of its result, and how units go through.

    `most` is the greatest number of arguments (they then repeat the last kind).
    """

    name: str
    takes: tuple[Kind, ...]
    gives: Kind
    unit: Literal["same", "none", "any"]
    most: int = 0
    events_only: bool = False


FUNCTIONS = {
    function.name: function
    for function in (
        Function("abs", ("number",), "number", "same"),
        Function("round", ("number",), "number", "same"),
        Function("floor", ("number",), "number", "same"),
        Function("ceil", ("number",), "number", "same"),
        Function("sqrt", ("number",), "number", "any"),
        Function("log", ("number",), "number", "none"),
        Function("exp", ("number",), "number", "none"),
        Function("least", ("number", "number"), "number", "same", most=20),
        Function("greatest", ("number", "number"), "number", "same", most=20),
        Function("coalesce", ("any", "any"), "any", "same", most=20),
        Function("missing", ("any",), "bool", "none", events_only=True),
        Function("lower", ("text",), "text", "none", events_only=True),
        Function("startswith", ("text", "text"), "bool", "none", events_only=True),
    )
}


@dataclass(frozen=True)
class AggregateFunction:
    """An aggregate as a formula calls it. `parameter` tells that it takes a second number."""

    name: str
    aggregate: str
    takes: Kind
    unit: Literal["same", "none"]
    parameter: bool = False
    fixed: float | None = None


AGGREGATES = {
    function.name: function
    for function in (
        AggregateFunction("count", "count", "bool", "none"),
        AggregateFunction("sum", "sum", "number", "same"),
        AggregateFunction("mean", "mean", "number", "same"),
        AggregateFunction("min", "min", "number", "same"),
        AggregateFunction("max", "max", "number", "same"),
        AggregateFunction("std", "std", "number", "same"),
        AggregateFunction("percentile", "percentile", "number", "same", parameter=True),
        AggregateFunction("median", "percentile", "number", "same", fixed=50.0),
        AggregateFunction("distinct", "distinct", "any", "none"),
        AggregateFunction("first", "first", "number", "same"),
        AggregateFunction("last", "last", "number", "same"),
    )
}
NAMES = (*FUNCTIONS, *AGGREGATES, "rate")
