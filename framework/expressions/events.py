"""The inner level of formulas: what stands inside an aggregate, and in `where`."""

from __future__ import annotations

import ast

from framework.expressions.functions import AGGREGATES, FUNCTIONS
from framework.expressions.nodes import Field
from framework.expressions.operators import Operators
from framework.expressions.problems import nearest
from framework.expressions.typed import Typed
from framework.expressions.types import OF_FIELDS


class EventLevel(Operators):
    """Compiles over event fields and the dimensions that zone maps set."""

    events = True

    def name(self, node: ast.Name) -> Typed | None:
        name, scope = node.id, self.scope
        if name in scope.names:
            declared = scope.type_of(name)
            return Typed(Field(name, declared), OF_FIELDS[declared], scope.unit_of(name))
        if name in scope.kpis:
            message = f"the KPI '{name}' can't stand inside an aggregate"
            hint = f"write {name} by itself: a roll-up merges its parts, it never averages ratios"
            return self.bad(node, "average-of-ratio", message, hint)
        if name == scope.time:
            hint = "windows already part events by their time"
            return self.bad(node, "unknown-name", f"'{name}' is the event's time, no field of formulas", hint)
        return self.unknown_name(
            node, f"no event field or zone dimension '{name}'", nearest(name, scope.names, FUNCTIONS)
        )

    def call(self, node: ast.Call, name: str) -> Typed | None:
        if name in AGGREGATES or name == "rate":
            message = f"{name}() can't stand inside an aggregate or a condition on events"
            return self.bad(
                node, "nested-aggregate", message, "inside there are event fields; combine aggregates outside"
            )
        return self.unknown(node, name)
