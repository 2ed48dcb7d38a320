"""A tree back to text, in one canonical way."""

from __future__ import annotations

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

_STRENGTH = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8}
_TIMES = ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms"))


def unparse(node: Node) -> str:
    """The formula's text: spaces, quotes and brackets as this project writes them."""
    return _text(node, 0)


def _text(node: Node, outside: int) -> str:
    match node:
        case Literal(value):
            return _scalar(value)
        case Field(name, _) | MeasureRef(_, name):
            return name
        case Unary("not", operand):
            return _wrap(f"not {_text(operand, 3)}", 3, outside)
        case Unary(operator, operand):
            return _wrap(f"{operator}{_text(operand, 7)}", 7, outside)
        case Binary(operator, left, right):
            own = _STRENGTH[operator]
            return _wrap(f"{_text(left, own)} {operator} {_text(right, own + 1)}", own, outside)
        case Compare(operator, left, right):
            return _wrap(f"{_text(left, 5)} {operator} {_text(right, 5)}", 4, outside)
        case Logic(operator, operands):
            own = _STRENGTH[operator]
            return _wrap(f" {operator} ".join(_text(one, own + 1) for one in operands), own, outside)
        case Member(operand, values):
            listed = ", ".join(_scalar(value) for value in values)
            return _wrap(f"{_text(operand, 5)} in [{listed}]", 4, outside)
        case Choose(condition, then, otherwise):
            whole = f"{_text(then, 1)} if {_text(condition, 1)} else {_text(otherwise, 1)}"
            return _wrap(whole, 0, outside + 1 if outside else 0)
        case Call(name, arguments):
            return f"{name}({', '.join(_text(one, 0) for one in arguments)})"
        case Rate(operand, per):
            return f'rate({_text(operand, 0)}, per="{_time(per)}")'


def _wrap(text: str, own: int, outside: int) -> str:
    return f"({text})" if own < outside else text


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _time(microseconds: int) -> str:
    for unit, name in _TIMES:
        if microseconds % unit == 0:
            return f"{microseconds // unit}{name}"
    return f"{microseconds}us"
