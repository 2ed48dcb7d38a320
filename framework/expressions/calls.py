"""Calls of plain functions."""

from __future__ import annotations

import ast

from framework.expressions.functions import FUNCTIONS, INSTEAD, NAMES, Function
from framework.expressions.level import Level
from framework.expressions.nodes import Call, Literal
from framework.expressions.problems import nearest
from framework.expressions.typed import Typed
from framework.expressions.types import Type
from framework.expressions.units import NUMBER, Unit

_MOST_DIGITS = 12


class Calls(Level):
    """Compiles the functions of the table; aggregates are the levels' own matter."""

    def function(self, node: ast.Call, function: Function) -> Typed | None:
        """A call of a plain function."""
        if function.events_only and not self.events:
            hint = f"use it inside an aggregate, as in count({FUNCTIONS[function.name].example})"
            return self.bad(node, "not-allowed", f"{function.name}() is for events", hint)
        if not self._counted(node, function):
            return None
        arguments = [self.visit(one) for one in node.args]
        typed = [one for one in arguments if one is not None]
        if len(typed) < len(arguments):
            return None
        kinds = [function.takes[min(place, len(function.takes) - 1)] for place in range(len(typed))]
        wanted: list[Type] = [typed[0].type if kind == "any" else kind for kind in kinds]
        good = [self.expect(*one) for one in zip(node.args, typed, wanted, strict=True)]
        if not all(good):
            return None
        if function.digits and len(typed) > 1 and not self._digits(node.args[1], typed[1]):
            return None
        gives: Type = typed[0].type if function.gives == "any" else function.gives
        constant = all(one.constant for one in typed)
        unit = self._unit_of(node, function, typed)
        return Typed(Call(function.name, tuple(one.node for one in typed)), gives, unit, constant)

    def unknown(self, node: ast.Call, name: str) -> Typed | None:
        """A call of what there is not."""
        hint = INSTEAD.get(name.lower()) or nearest(name, NAMES)
        if name in self.scope.kpis:
            hint = f"a KPI is used by its name: {name}"
        elif name in self.scope.names:
            hint = f"'{name}' is a field: is an operator missing, such as * ?"
        return self.bad(node.func, "unknown-function", f"no function '{name}'", hint)

    def _counted(self, node: ast.Call, function: Function) -> bool:
        least, most = function.bounds
        if node.keywords:
            named = node.keywords[0].arg or "**"
            message = f"{function.name}() takes no argument named '{named}'"
            self.bad(node.keywords[0], "wrong-arguments", message, f"as in {function.example}")
        elif not least <= len(node.args) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            message = f"{function.name}() takes {wanted} argument{'s' * (most > 1)}, got {len(node.args)}"
            self.bad(node, "wrong-arguments", message, f"as in {function.example}")
        else:
            return True
        return False

    def _digits(self, place: ast.expr, typed: Typed) -> bool:
        match typed.node:
            case Literal(int(value)) if 0 <= value <= _MOST_DIGITS:
                return True
        message = f"the number of digits is a whole number from 0 to {_MOST_DIGITS}"
        self.bad(place, "wrong-arguments", message, "as in round(x, 2)")
        return False

    def _unit_of(self, node: ast.Call, function: Function, typed: list[Typed]) -> Unit | None:
        if function.unit == "none":
            return NUMBER
        if function.unit == "root":
            return typed[0].unit.root() if typed[0].unit else None
        whole = typed[0]
        if whole.type == "number" and not function.digits:
            for one in typed[1:]:
                unit = self.agreed(node, whole, one)
                whole = Typed(whole.node, "number", unit, whole.constant and one.constant)
        return whole.unit
