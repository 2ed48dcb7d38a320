"""What all of a formula's compilers share: where problems go, and when types and units agree."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod

from framework.definitions.diagnostics import Severity
from framework.expressions.problems import Problems
from framework.expressions.scope import Scope
from framework.expressions.typed import Typed
from framework.expressions.types import WORDS, Type
from framework.expressions.units import Unit, conversion

_HINTS = {
    ("bool", "number"): "compare it with something, as in x > 3",
    ("bool", "text"): 'compare it with something, as in x == "a"',
    ("number", "bool"): "count what meets it: count(condition)",
    ("number", "text"): "text is counted: count(x == ...), distinct(x)",
    ("text", "number"): "put text in quotes",
}
_HINTS_OF_WINDOWS = {
    ("number", "bool"): "write: 1 if condition else 0",
    ("number", "text"): 'compare it, as in: 1 if last(x) == "a" else 0',
}


class Level(ABC):
    """One of the two levels of a formula: events, or windows of them."""

    events: bool  # whether it is the inner level

    def __init__(self, scope: Scope, problems: Problems) -> None:
        self.scope = scope
        self.problems = problems

    @abstractmethod
    def visit(self, node: ast.expr) -> Typed | None:
        """The compiled node; None when a problem was added."""

    def bad(
        self, node: ast.AST, code: str, message: str, hint: str = "", severity: Severity = "error"
    ) -> Typed | None:
        """Add a problem; nothing comes of the node, so None."""
        self.problems.add(node, code, message, hint, severity)
        return None

    def expect(self, node: ast.expr, typed: Typed | None, wanted: Type) -> bool:
        """Whether a compiled node has the type wanted; adds a problem when it has another."""
        if typed is None:
            return False
        if typed.type != wanted:
            hint = _HINTS.get((wanted, typed.type), "")
            if not self.events:
                hint = _HINTS_OF_WINDOWS.get((wanted, typed.type), hint)
            self.bad(node, "wrong-type", f"{WORDS[wanted]} is wanted here, this is {WORDS[typed.type]}", hint)
        return typed.type == wanted

    def agreed(self, node: ast.AST, left: Typed, right: Typed) -> Unit | None:
        """The unit of two values that are added or compared; a problem when they differ."""
        if left.constant or right.constant:
            return right.unit if left.constant else left.unit
        if left.unit is None or right.unit is None:
            return left.unit or right.unit
        if not left.unit.same(right.unit):
            shown, other, factor = left.unit.shown(), right.unit.shown(), right.unit.into(left.unit)
            cure = "they measure different things: check which fields are meant"
            if factor:
                cure = f"convert one of them: {conversion(factor)} what is in {other}, to have it in {shown}"
            self.bad(node, "unit-mismatch", f"{shown} and {other} do not go together", cure)
        return left.unit
