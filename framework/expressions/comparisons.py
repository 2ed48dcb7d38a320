"""Conditions: comparisons, membership, and what joins them."""

from __future__ import annotations

import ast

from framework.expressions.level import Level
from framework.expressions.nodes import (
    LARGEST_TREE,
    Compare,
    Field,
    Literal,
    Logic,
    Member,
    Node,
    Unary,
    larger,
)
from framework.expressions.problems import nearest
from framework.expressions.typed import Typed
from framework.expressions.types import WORDS

_OPERATORS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_MISSING = "for 'is it there', write missing(x) or not missing(x)"


class Comparisons(Level):
    """Compiles what is true or false."""

    def logic(self, node: ast.BoolOp) -> Typed | None:
        """`a and b`, `a or b`."""
        operands = [(one, self.visit(one)) for one in node.values]
        good = [self.expect(one, typed, "bool") for one, typed in operands]
        if not all(good):
            return None
        operator = "and" if isinstance(node.op, ast.And) else "or"
        return Typed(Logic(operator, tuple(typed.node for _, typed in operands if typed)), "bool")

    def comparison(self, node: ast.Compare) -> Typed | None:
        """`a < b`, `a < b <= c`, `a in [b, c]`."""
        left_place, left = node.left, self.visit(node.left)
        parts: list[Node | None] = []
        for operator, place in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                right = None
                parts.append(self._member(left_place, left, place, isinstance(operator, ast.NotIn)))
            else:
                is_ = isinstance(operator, ast.Is | ast.IsNot)
                right = None if is_ else self.visit(place)
                parts.append(self._pair(node, (left_place, left), operator, (place, right)))
            left_place, left = place, right
        nodes = tuple(part for part in parts if part is not None)
        if len(nodes) < len(parts):
            return None
        joined = nodes[0] if len(nodes) == 1 else Logic("and", nodes)
        if len(nodes) > 1 and larger(joined, LARGEST_TREE):
            return self.bad(
                node, "too-deep", "this is too big", "compare with one value at a time, joined by 'and'"
            )
        return Typed(joined, "bool")

    def _pair(
        self,
        node: ast.Compare,
        left: tuple[ast.expr, Typed | None],
        operator: ast.cmpop,
        right: tuple[ast.expr, Typed | None],
    ) -> Node | None:
        (a_place, a), (b_place, b) = left, right
        if isinstance(operator, ast.Is | ast.IsNot):
            if a is not None:
                none = isinstance(b_place, ast.Constant) and b_place.value is None
                self.bad(node, "not-allowed", "'is' does not compare", _MISSING if none else "write '=='")
            return None
        if a is None or b is None:
            return None
        sign = _OPERATORS[type(operator)]
        if a.type != b.type:
            hint = _hint(a, b) or _hint(b, a)
            self.bad(node, "wrong-type", f"{WORDS[a.type]} can't be compared with {WORDS[b.type]}", hint)
            return None
        if a.type == "bool" and sign not in ("==", "!="):
            self.bad(node, "wrong-type", "true and false have no order", "use == or !=")
            return None
        if a.type == "number":
            self.agreed(node, a, b)
        if sign in ("==", "!=") and not (self._one_of(b_place, a, b) and self._one_of(a_place, b, a)):
            return None
        return Compare(sign, a.node, b.node)

    def _one_of(self, place: ast.expr, field: Typed, literal: Typed) -> bool:
        if not isinstance(field.node, Field) or not isinstance(literal.node, Literal):
            return True
        declared = self.scope.fields.get(field.node.name)
        if declared is None or not declared.one_of or literal.node.value in declared.one_of:
            return True
        message = f"{field.node.name} is never {str(literal.node.value)!r}"
        self.bad(place, "not-one-of", message, nearest(str(literal.node.value), declared.one_of))
        return False

    def _member(self, place: ast.expr, operand: Typed | None, listed: ast.expr, negated: bool) -> Node | None:
        if not isinstance(listed, ast.List | ast.Tuple):
            self.bad(listed, "wrong-type", "'in' takes a list of values", 'as in: x in ["a", "b"]')
            return None
        if not listed.elts:
            self.bad(listed, "wrong-type", "this list is empty: nothing is in it", 'as in: x in ["a", "b"]')
            return None
        values = [self._element(one, operand) for one in listed.elts]
        if operand is None or any(value is None for value in values):
            return None
        member = Member(operand.node, tuple(value.value for value in values if value is not None))
        return Unary("not", member) if negated else member

    def _element(self, place: ast.expr, operand: Typed | None) -> Literal | None:
        literal = place.operand if isinstance(place, ast.UnaryOp) else place
        if not isinstance(literal, ast.Constant):
            hint = "compare with each: x == a or x == b"
            self.bad(place, "wrong-type", "a list holds only texts or numbers as they are", hint)
            return None
        value = self.visit(place)
        if value is None or operand is None or not isinstance(value.node, Literal):
            return None
        if value.type != operand.type:
            message = f"{WORDS[value.type]} in a list to compare {WORDS[operand.type]} with"
            self.bad(place, "wrong-type", message, _hint(operand, value))
            return None
        return value.node if self._one_of(place, operand, value) else None


def _hint(one: Typed, other: Typed) -> str:
    if one.type == "number" and isinstance(other.node, Literal) and other.type == "text":
        return "a number is written without quotes"
    if one.type == "text" and isinstance(other.node, Literal) and other.type == "number":
        return f'text is written in quotes: "{other.node.value}"'
    if one.type == "bool" and isinstance(other.node, Literal):
        return "a condition stands for itself: write x, or not x"
    return ""
