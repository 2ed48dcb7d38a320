"""A tree to a Polars expression: whole columns at a time."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from framework.expressions.nodes import (
    Binary,
    Call,
    Choose,
    Compare,
    Field,
    Literal,
    Logic,
    MeasureRef,
    Member,
    Node,
    Rate,
    Unary,
)

_COMPARE: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def to_column(node: Node, *, window_size: int = 0) -> pl.Expr:
    """The tree over columns named by fields (events) or by measures' ids (windows).

    Conditions are true or false, never null: a missing value equals nothing. Arithmetic with a
    missing value is null, and so is whatever has no finite result. `window_size` (microseconds) is
    what `rate` extrapolates from.
    """
    match node:
        case Literal(value):
            return pl.lit(value)
        case Field(name, _):
            return pl.col(name)
        case MeasureRef(id, _):
            return pl.col(id)
        case Unary("not", operand):
            return ~_condition(operand, window_size)
        case Unary(_, operand):
            return -_number(operand, window_size)
        case Binary(operator, left, right):
            return _arithmetic(operator, _number(left, window_size), _number(right, window_size))
        case Compare("!=", left, right):
            return ~to_column(Compare("==", left, right), window_size=window_size)
        case Compare(operator, left, right):
            a, b = to_column(left, window_size=window_size), to_column(right, window_size=window_size)
            return _COMPARE[operator](a, b).fill_null(False)
        case Logic(operator, operands):
            parts = [_condition(one, window_size) for one in operands]
            return pl.all_horizontal(parts) if operator == "and" else pl.any_horizontal(parts)
        case Member(operand, values):
            return to_column(operand, window_size=window_size).is_in(list(values)).fill_null(False)
        case Choose(condition, then, otherwise):
            return (
                pl.when(_condition(condition, window_size))
                .then(to_column(then, window_size=window_size))
                .otherwise(to_column(otherwise, window_size=window_size))
            )
        case Call(name, arguments):
            return _call(name, [to_column(one, window_size=window_size) for one in arguments])
        case Rate(operand, per):
            return _number(operand, window_size) * (per / window_size)


def _condition(node: Node, window_size: int) -> pl.Expr:
    column = to_column(node, window_size=window_size)
    return column if isinstance(node, Compare | Logic | Member) else column.fill_null(False)


def _number(node: Node, window_size: int) -> pl.Expr:
    # Whole numbers overflow silently in columns; floats do not.
    return to_column(node, window_size=window_size).cast(pl.Float64)


def _arithmetic(operator: str, a: pl.Expr, b: pl.Expr) -> pl.Expr:
    if operator == "+":
        return finite(a + b)
    if operator == "-":
        return finite(a - b)
    if operator == "*":
        return finite(a * b)
    if operator == "**":
        return finite(a**b)
    divided = {"/": lambda: a / b, "//": lambda: (a / b).floor(), "%": lambda: a - (a / b).floor() * b}[operator]()
    return finite(pl.when(b != 0).then(divided))


def _call(name: str, arguments: list[pl.Expr]) -> pl.Expr:
    if name == "missing":
        return arguments[0].is_null()
    if name == "coalesce":
        return pl.coalesce(arguments)
    if name == "lower":
        return arguments[0].str.to_lowercase()
    if name == "startswith":
        return arguments[0].str.starts_with(arguments[1]).fill_null(False)
    numbers = [one.cast(pl.Float64) for one in arguments]
    if name in ("least", "greatest"):
        # Null when any is missing, as everywhere in arithmetic.
        whole = pl.all_horizontal(one.is_not_null() for one in numbers)
        best = pl.min_horizontal(numbers) if name == "least" else pl.max_horizontal(numbers)
        return pl.when(whole).then(best)
    if name == "round":
        return numbers[0].round(0)
    single = {"abs": pl.Expr.abs, "sqrt": pl.Expr.sqrt, "exp": pl.Expr.exp, "floor": pl.Expr.floor, "ceil": pl.Expr.ceil}
    return finite(numbers[0].log() if name == "log" else single[name](numbers[0]))


def finite(column: pl.Expr) -> pl.Expr:
    """The column with null for what is not finite."""
    return pl.when(column.is_finite()).then(column)
