"""Whether a value is one thing over another, so that its parts can be added up over time."""

from __future__ import annotations

from framework.expressions.nodes import Binary, Literal, Node


def ratio_of(node: Node) -> tuple[Node, Node] | None:
    """Numerator and denominator of `a / b`, `k * a / b`, `k * (a / b)`; None for other shapes."""
    match node:
        case Binary("/", numerator, denominator):
            top = _without_factor(numerator)
            if isinstance(top, Literal) or isinstance(denominator, Literal):
                return None
            return top, denominator
        case Binary("*", Literal(), inner) | Binary("*", inner, Literal()):
            return ratio_of(inner)
    return None


def _without_factor(node: Node) -> Node:
    match node:
        case Binary("*", Literal(), inner) | Binary("*", inner, Literal()):
            return _without_factor(inner)
    return node
