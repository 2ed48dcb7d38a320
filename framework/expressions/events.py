"""The inner level of formulas: what stands inside an aggregate, and in `where`."""

from __future__ import annotations

import ast

from framework.expressions.functions import AGGREGATES, NAMES
from framework.expressions.nodes import Field
from framework.expressions.operators import Operators
from framework.expressions.problems import nearest
from framework.expressions.typed import TYPES, Typed


class EventLevel(Operators):
    """Compiles over event fields and the dimensions that zone maps set."""

    level = "events"

    def name(self, node: ast.Name) -> Typed | None:
        name, scope = node.id, self.scope
        if name in scope.names:
            type_ = scope.type_of(name)
            return Typed(Field(name, type_), TYPES[type_], scope.unit_of(name))
        if name in ("true", "false"):
            return self.bad(node, "unknown-name", f"'{name}' is not known", f"write {name.title()}")
        if name in scope.kpis:
            return self.bad(node, "average-of-ratio", f"the KPI '{name}' can't stand inside an aggregate",
                            "use the KPI by its name outside: a roll-up merges its parts, it never averages ratios")
        return self.bad(node, "unknown-name", f"no event field or zone dimension '{name}'", nearest(name, scope.names))

    def call(self, node: ast.Call, name: str) -> Typed | None:
        if name in AGGREGATES or name == "rate":
            return self.bad(node, "nested-aggregate", f"{name}() can't stand inside an aggregate or a condition on events",
                            "inside an aggregate there are event fields; combine aggregates outside")
        return self.bad(node.func, "unknown-function", f"no function '{name}'", nearest(name, NAMES))
