"""The one table of what a formula may call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "bool", "text", "any"]


@dataclass(frozen=True)
class Function:
    """A function of values: the kinds of its arguments, of its result, and how units go through.

    `least` is how many arguments must be there (all, when 0), `most` the greatest number of them
    (they then repeat the last kind). The last argument of `digits` is a literal number of digits.
    """

    name: str
    takes: tuple[Kind, ...]
    gives: Kind
    unit: Literal["same", "none", "root"]
    example: str
    least: int = 0
    most: int = 0
    digits: bool = False
    events_only: bool = False

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest number of arguments."""
        return self.least or len(self.takes), self.most or len(self.takes)


FUNCTIONS = {
    function.name: function
    for function in (
        Function("abs", ("number",), "number", "same", "abs(x)"),
        Function("round", ("number", "number"), "number", "same", "round(x, 2)", least=1, digits=True),
        Function("floor", ("number",), "number", "same", "floor(x)"),
        Function("ceil", ("number",), "number", "same", "ceil(x)"),
        Function("sqrt", ("number",), "number", "root", "sqrt(x)"),
        Function("log", ("number",), "number", "none", "log(x)"),
        Function("exp", ("number",), "number", "none", "exp(x)"),
        Function("least", ("number", "number"), "number", "same", "least(a, b)", most=20),
        Function("greatest", ("number", "number"), "number", "same", "greatest(a, b)", most=20),
        Function("coalesce", ("any", "any"), "any", "same", "coalesce(a, b)", most=20),
        Function("missing", ("any",), "bool", "none", "missing(x)", events_only=True),
        Function("lower", ("text",), "text", "none", "lower(x)", events_only=True),
        Function("startswith", ("text", "text"), "bool", "none", 'startswith(x, "ab")', events_only=True),
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
    total: bool = False  # grows with the number of events, so a rate of it makes sense

    @property
    def example(self) -> str:
        """How it is called."""
        return f"{self.name}(x, 95)" if self.parameter else f"{self.name}(x)"

    @property
    def keeps_type(self) -> bool:
        """Whether the value has the type of the argument, which can be of any."""
        return self.takes == "any" and self.unit == "same"


AGGREGATES = {
    function.name: function
    for function in (
        AggregateFunction("count", "count", "bool", "none", total=True),
        AggregateFunction("sum", "sum", "number", "same", total=True),
        AggregateFunction("mean", "mean", "number", "same"),
        AggregateFunction("min", "min", "any", "same"),
        AggregateFunction("max", "max", "any", "same"),
        AggregateFunction("std", "std", "number", "same"),
        AggregateFunction("percentile", "percentile", "number", "same", parameter=True),
        AggregateFunction("median", "percentile", "number", "same", fixed=50.0),
        AggregateFunction("distinct", "distinct", "any", "none", total=True),
        AggregateFunction("first", "first", "any", "same"),
        AggregateFunction("last", "last", "any", "same"),
    )
}
NAMES = (*FUNCTIONS, *AGGREGATES, "rate")

# What people who know spreadsheets or SQL try first, in small letters.
INSTEAD = {
    "if": "write: x if condition else y",
    "iif": "write: x if condition else y",
    "and": "write 'and' between two conditions",
    "or": "write 'or' between two conditions",
    "not": "write 'not' in small letters",
    "avg": "write mean(x)",
    "average": "write mean(x)",
    "averageif": "write mean(x, where=condition)",
    "countif": "write count(condition)",
    "countifs": "write count(condition and condition)",
    "counta": "write count(not missing(x))",
    "sumif": "write sum(x, where=condition)",
    "sumifs": "write sum(x, where=condition)",
    "stdev": "write std(x)",
    "stddev": "write std(x)",
    "nunique": "write distinct(x)",
    "count_distinct": "write distinct(x)",
    "unique": "write distinct(x)",
    "quantile": "write percentile(x, 95)",
    "p50": "write median(x)",
    "p90": "write percentile(x, 90)",
    "p95": "write percentile(x, 95)",
    "p99": "write percentile(x, 99)",
    "isnull": "write missing(x)",
    "isblank": "write missing(x)",
    "isna": "write missing(x)",
    "ifnull": "write coalesce(x, y)",
    "nvl": "write coalesce(x, y)",
    "ln": "write log(x)",
    "pow": "write x ** 2",
    "power": "write x ** 2",
    "int": "write floor(x)",
    "len": "write count()",
}
