"""The column types that trees over events have."""

from __future__ import annotations

import polars as pl

from framework.expressions.nodes import Call, Choose, Compare, Field, Literal, Logic, Member, Node, Unary

OF_FIELDS: dict[str, pl.DataType] = {
    "string": pl.String(),
    "int": pl.Int64(),
    "float": pl.Float64(),
    "bool": pl.Boolean(),
}
_OF_CALLS: dict[str, pl.DataType] = {
    "missing": pl.Boolean(),
    "startswith": pl.Boolean(),
    "lower": pl.String(),
}


def dtype_of(node: Node) -> pl.DataType:
    """The type of the column that `to_column` makes of a tree over events."""
    match node:
        case Field(_, declared):
            return OF_FIELDS[declared]
        case Literal(value):
            return of_scalar(value)
        case Unary("not", _) | Compare() | Logic() | Member():
            return pl.Boolean()
        case Choose(_, then, otherwise):
            return _common(dtype_of(then), dtype_of(otherwise))
        case Call("coalesce", arguments):
            found = dtype_of(arguments[0])
            for one in arguments[1:]:
                found = _common(found, dtype_of(one))
            return found
        case Call(name, _) if name in _OF_CALLS:
            return _OF_CALLS[name]
    return pl.Float64()


def of_scalar(value: str | float | bool) -> pl.DataType:
    """The type of a constant's column."""
    if isinstance(value, bool):
        return pl.Boolean()
    if isinstance(value, str):
        return pl.String()
    return pl.Int64() if isinstance(value, int) else pl.Float64()


def _common(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    return one if one == other else pl.Float64()
