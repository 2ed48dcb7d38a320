"""One form for conditions that mean the same, so that measures are shared however they were written."""

from __future__ import annotations

from dataclasses import fields, replace

from framework.expressions.nodes import Call, Choose, Compare, Field, Literal, Logic, Member, Node, Unary
from framework.expressions.types import type_of_scalar
from framework.expressions.unparse import unparse

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED = {"==": "!=", "!=": "=="}


def normal_condition(node: Node) -> Node:
    """A condition in normal form: it holds for the same events, those with missing values too.

    Literals stand on the right; lists are sorted; `and` and `or` are flat, sorted, without repeats.

    >>> a, b = Field("a", "bool"), Field("b", "int")
    >>> three = Literal.number(3)
    >>> unparse(normal_condition(Logic("and", (Unary("not", Compare("==", three, b)), a, a))))
    'a and b != 3'
    """
    match node:
        case Unary("not", operand):
            return _negated(normal_condition(operand))
        case Logic(operator, operands):
            return _joined(operator, tuple(normal_condition(one) for one in operands))
        case Compare("==", operand, Literal(True)) | Compare("==", Literal(True), operand):
            return normal_condition(operand)
        case Compare("!=", operand, Literal(True)) | Compare("!=", Literal(True), operand):
            return _negated(normal_condition(operand))
    return normal_value(node)


def normal_value(node: Node) -> Node:
    """A value in normal form; arithmetic stays as it was written."""
    match node:
        case Unary("not", _) | Logic():
            found = normal_condition(node)
            # By itself a condition is never missing, but a field is.
            return node if isinstance(found, Field | Choose | Call) else found
        case Choose(condition, then, otherwise):
            return Choose(normal_condition(condition), normal_value(then), normal_value(otherwise))
        case Compare(operator, left, right):
            return _compared(operator, normal_value(left), normal_value(right))
        case Member(operand, values):
            listed = sorted(set(values), key=lambda value: (str(type(value)), value))
            if len(listed) == 1:
                return _compared("==", normal_value(operand), Literal(listed[0], type_of_scalar(listed[0])))
            return Member(normal_value(operand), tuple(listed))
    return _rebuilt(node)


def _rebuilt(node: Node) -> Node:
    changed: dict[str, object] = {}
    for member in fields(node):
        value = getattr(node, member.name)
        if isinstance(value, Node):
            changed[member.name] = normal_value(value)
        elif isinstance(value, tuple):
            changed[member.name] = tuple(normal_value(one) if isinstance(one, Node) else one for one in value)
    return replace(node, **changed) if changed else node  # type: ignore[arg-type]


def _negated(node: Node) -> Node:
    match node:
        case Unary("not", operand):
            return operand
        case Compare(operator, left, right) if operator in _NEGATED:
            return Compare(_NEGATED[operator], left, right)
        case Literal(bool(value)):
            return Literal(not value, "bool")
    return Unary("not", node)


def _joined(operator: str, operands: tuple[Node, ...]) -> Node:
    flat = [
        inner
        for one in operands
        for inner in (one.operands if isinstance(one, Logic) and one.operator == operator else (one,))
    ]
    neutral = Literal(operator == "and", "bool")
    known = {unparse(one): one for one in flat if one != neutral}
    if not known:
        return neutral
    kept = tuple(known[text] for text in sorted(known))
    return kept[0] if len(kept) == 1 else Logic(operator, kept)


def _compared(operator: str, left: Node, right: Node) -> Node:
    swap = isinstance(left, Literal) and not isinstance(right, Literal)
    if not swap and isinstance(left, Literal) == isinstance(right, Literal):
        swap = operator in (">", ">=") or (operator in _NEGATED and unparse(right) < unparse(left))
    if swap:
        return Compare(_MIRRORED.get(operator, operator), right, left)
    return Compare(operator, left, right)
