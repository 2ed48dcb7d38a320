"""Whether a value is one thing over another, so that its parts can be added up over time."""

from __future__ import annotations

from framework.expressions.nodes import Binary, Literal, MeasureRef, Node, walk


def ratio_of(node: Node) -> tuple[Node, Node] | None:
    """Numerator and denominator of `a / b`, `k * a / b`, `k * (a / b)`; None for other shapes.

    >>> sorted_, all_ = MeasureRef("a", "count(x > 3)"), MeasureRef("b", "count()")
    >>> share = Binary("/", Binary("*", Literal.number(100), sorted_), all_)
    >>> ratio_of(share) == (sorted_, all_), ratio_of(sorted_)
    (True, None)
    """
    match node:
        case Binary("/", numerator, denominator):
            top = _without_factor(numerator)
            return None if _constant(top) or _constant(denominator) else (top, denominator)
        case Binary("*", left, right) if _constant(left):
            return ratio_of(right)
        case Binary("*", left, right) if _constant(right):
            return ratio_of(left)
    return None


def factor_of(node: Node) -> float:
    """What literals multiply a value with: 100 for `100 * a / b`."""
    match node:
        case Literal(int() | float() as value):
            return float(value) or 1.0
        case Binary("*", left, right):
            return factor_of(left) * factor_of(right)
        case Binary("/", left, right):
            return factor_of(left) / factor_of(right)
    return 1.0


def _without_factor(node: Node) -> Node:
    match node:
        case Binary("*", left, right) if _constant(left):
            return _without_factor(right)
        case Binary("*", left, right) if _constant(right):
            return _without_factor(left)
    return node


def _constant(node: Node) -> bool:
    return not any(isinstance(one, MeasureRef) for one in walk(node))
