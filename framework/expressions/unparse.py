"""A tree back to text, in one canonical way."""

from __future__ import annotations

from framework.definitions.durations import shown
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

_STRENGTH = {"or": 1, "and": 2, "not": 3, "compare": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6}


def unparse(node: Node) -> str:
    """The formula's text: spaces, quotes and brackets as this project writes them."""
    return _text(node, 0)


def number(value: float) -> str:
    """A number as formulas write it: 5.0 is `5`.

    >>> number(5.0), number(0.1), number(1e300)
    ('5', '0.1', '1e+300')
    """
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < 2**53)
    return str(int(value)) if whole else repr(value)


def _text(node: Node, outside: int) -> str:
    match node:
        case Literal(value):
            negative = not isinstance(value, str) and value < 0
            return _wrap(_scalar(value), 7 if negative else 9, outside)
        case Field(name, _) | MeasureRef(_, name):
            return name
        case Unary("not", Member(operand, values)):
            return _wrap(f"{_text(operand, 5)} not in {_listed(values)}", 4, outside)
        case Unary("not", operand):
            return _wrap(f"not {_text(operand, 3)}", 3, outside)
        case Unary(operator, operand):
            return _wrap(f"{operator}{_text(operand, 7)}", 7, outside)
        case Binary("**", left, right):
            return _wrap(f"{_text(left, 9)} ** {_text(right, 7)}", 8, outside)
        case Binary(operator, left, right):
            own = _STRENGTH[operator]
            return _wrap(f"{_text(left, own)} {operator} {_text(right, own + 1)}", own, outside)
        case Compare(operator, left, right):
            return _wrap(f"{_text(left, 5)} {operator} {_text(right, 5)}", 4, outside)
        case Logic(operator, operands):
            own = _STRENGTH[operator]
            return _wrap(f" {operator} ".join(_text(one, own + 1) for one in operands), own, outside)
        case Member(operand, values):
            return _wrap(f"{_text(operand, 5)} in {_listed(values)}", 4, outside)
        case Choose(condition, then, otherwise):
            return _wrap(f"{_text(then, 1)} if {_text(condition, 1)} else {_text(otherwise, 0)}", 0, outside)
        case Call(name, arguments):
            return f"{name}({', '.join(_text(one, 0) for one in arguments)})"
        case Rate(operand, per):
            return f'rate({_text(operand, 0)}, per="{shown(per)}")'


def _wrap(text: str, own: int, outside: int) -> str:
    return f"({text})" if own < outside else text


def _listed(values: tuple[object, ...]) -> str:
    return f"[{', '.join(_scalar(value) for value in values)}]"


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return f'"{"".join(_character(one) for one in value)}"'
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return str(value)


def _character(one: str) -> str:
    if one in '"\\':
        return f"\\{one}"
    if one.isprintable():
        return one
    return (
        f"\\x{ord(one):02x}"
        if one <= "\xff"
        else f"\\u{ord(one):04x}"
        if one <= "\uffff"
        else f"\\U{ord(one):08x}"
    )
