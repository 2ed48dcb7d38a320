"""A tree to a Polars expression: whole columns at a time."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from framework.definitions.model import Scalar
from framework.expressions.dtypes import of_scalar
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
_ARITHMETIC: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: (a / b).floor(),
    "%": lambda a, b: a % b,
    "**": lambda a, b: a.pow(b),
}
_SINGLE: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "abs": pl.Expr.abs,
    "floor": pl.Expr.floor,
    "ceil": pl.Expr.ceil,
    "sqrt": pl.Expr.sqrt,
    "exp": pl.Expr.exp,
    "log": lambda x: x.log(),
}


def to_column(node: Node, *, window_size: int = 0) -> pl.Expr:
    """The tree over columns named by fields (events) or by measures' ids (windows).

    Conditions made of comparisons are true or false, never null: a missing value equals nothing.
    Arithmetic with a missing value is null, and so is whatever has no finite result; arithmetic is in
    floats, and there is no -0.0. `window_size` (microseconds) is what `rate` extrapolates from.
    """
    return _Columns(window_size).of(node)


class _Columns:
    def __init__(self, window_size: int) -> None:
        self._window_size = window_size

    def of(self, node: Node) -> pl.Expr:
        match node:
            case Literal(value):
                return _literal(value)
            case Field(name, declared):
                return _unsigned_zero(pl.col(name)) if declared == "float" else pl.col(name)
            case MeasureRef(id_, _):
                return pl.col(id_)
            case Unary("not", operand):
                return ~self._condition(operand)
            case Unary(_, operand):
                return finite(-self._number(operand))
            case Binary(operator, left, right):
                return self._arithmetic(operator, self._number(left), self._number(right))
            case Compare("!=", left, right):
                return ~self.of(Compare("==", left, right))
            case Compare(operator, left, right):
                return _COMPARE[operator](self.of(left), self.of(right)).fill_null(False)
            case Logic(operator, operands):
                parts = [self._condition(one) for one in operands]
                return pl.all_horizontal(parts) if operator == "and" else pl.any_horizontal(parts)
            case Member(operand, values):
                return self._member(operand, values)
            case Choose(condition, then, otherwise):
                return pl.when(self._condition(condition)).then(self.of(then)).otherwise(self.of(otherwise))
            case Call(name, arguments):
                return self._call(name, arguments)
            case Rate(operand, per):
                if self._window_size <= 0:
                    raise ValueError("rate() needs the window's size")
                return finite(self._number(operand) * (per / self._window_size))

    def _condition(self, node: Node) -> pl.Expr:
        column = self.of(node)
        return column if isinstance(node, Compare | Logic | Member) else column.fill_null(False)

    def _number(self, node: Node) -> pl.Expr:
        # Whole numbers overflow silently in columns; floats do not.
        return self.of(node).cast(pl.Float64)

    def _arithmetic(self, operator: str, a: pl.Expr, b: pl.Expr) -> pl.Expr:
        # What is divided by zero is infinite or no number, so it ends as null.
        return finite(_ARITHMETIC[operator](a, b))

    def _member(self, operand: Node, values: tuple[Scalar, ...]) -> pl.Expr:
        column = self.of(operand)
        if all(isinstance(value, str) for value in values):
            return column.is_in(pl.Series(values, dtype=pl.String).implode()).fill_null(False)
        # One by one: a list has one type, and whole numbers must not be rounded to another's.
        return _bound(
            [column],
            lambda one: pl.any_horizontal((one[0] == _literal(value)).fill_null(False) for value in values),
        )

    def _call(self, name: str, arguments: tuple[Node, ...]) -> pl.Expr:
        columns = [self.of(one) for one in arguments]
        if name == "missing":
            return columns[0].is_null()
        if name == "coalesce":
            return pl.coalesce(columns)
        if name == "lower":
            return columns[0].str.to_lowercase()
        if name == "startswith":
            return columns[0].str.starts_with(columns[1]).fill_null(False)
        numbers = [one.cast(pl.Float64) for one in columns]
        if name in ("least", "greatest"):
            best = pl.min_horizontal if name == "least" else pl.max_horizontal
            # Null when any is missing, as everywhere in arithmetic.
            return _bound(
                numbers,
                lambda each: pl.when(pl.all_horizontal(one.is_not_null() for one in each)).then(best(each)),
            )
        if name == "round":
            digits = arguments[1] if len(arguments) > 1 else Literal(0, "number")
            assert isinstance(digits, Literal)
            return finite(numbers[0].round(int(digits.value), mode="half_away_from_zero"))
        return finite(_SINGLE[name](numbers[0]))


def finite(column: pl.Expr) -> pl.Expr:
    """The column with null for what is not finite, and 0.0 for -0.0."""
    return _bound([column], lambda one: pl.when(one[0].is_finite()).then(_unsigned_zero(one[0])))


def _unsigned_zero(column: pl.Expr) -> pl.Expr:
    # Polars takes `x + 0.0` for x, so adding does not do.
    return pl.when(column == 0).then(0.0).otherwise(column)


def _bound(columns: list[pl.Expr], make: Callable[[list[pl.Expr]], pl.Expr]) -> pl.Expr:
    """An expression that uses its arguments more than once, but holds each of them only once.

    Without it a formula nested 50 deep would be an expression of 2**50 pieces.
    """
    names = [f"@{place}" for place in range(len(columns))]
    each = pl.struct(column.alias(name) for column, name in zip(columns, names, strict=True))
    made = make([pl.field(name) for name in names]).alias(names[0])
    return each.struct.with_fields(made).struct.field(names[0])


def _literal(value: Scalar) -> pl.Expr:
    return pl.lit(value, dtype=of_scalar(value))
