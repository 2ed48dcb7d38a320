"""The outer level of formulas: aggregates, other KPIs, and arithmetic on them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from framework.expressions.events import EventLevel
from framework.expressions.functions import AGGREGATES, NAMES, AggregateFunction
from framework.expressions.measure import Measure
from framework.expressions.nodes import Logic, MeasureRef, Node, Rate
from framework.expressions.operators import Operators
from framework.expressions.problems import Problems, nearest
from framework.expressions.scope import Scope
from framework.expressions.typed import Typed
from framework.expressions.units import NUMBER, Unit, per

_DURATION = re.compile(r"(\d+)\s*(ms|s|m|min|h|d)\Z")
_MICROSECONDS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_UNIT = {"m": "min"}

Inline = Callable[[str, ast.Name], Typed | None]


class WindowLevel(Operators):
    """Compiles over aggregates. `where` is the KPI's own filter; `inline` compiles another KPI's formula."""

    level = "windows"

    def __init__(self, scope: Scope, problems: Problems, where: Node | None, inline: Inline) -> None:
        super().__init__(scope, problems)
        self.measures: dict[str, Measure] = {}
        self._where = where
        self._inline = inline
        self._events = EventLevel(scope, problems)

    def name(self, node: ast.Name) -> Typed | None:
        name = node.id
        if name in self.scope.kpis:
            return self._inline(name, node)
        if name in self.scope.names:
            kind = self.scope.type_of(name)
            example = f"sum({name}) or mean({name})" if kind in ("int", "float") else f"count({name} == ...) or distinct({name})"
            return self.bad(node, "field-outside-aggregate", f"'{name}' is a field of events: a window has many", f"put it inside an aggregate, as in {example}")
        return self.bad(node, "unknown-name", f"no KPI or aggregate '{name}'", nearest(name, (*self.scope.kpis, *NAMES, *self.scope.names)))

    def call(self, node: ast.Call, name: str) -> Typed | None:
        if name == "rate":
            return self._rate(node)
        function = AGGREGATES.get(name)
        if function is None:
            return self.bad(node.func, "unknown-function", f"no function '{name}'", nearest(name, NAMES))
        return self._aggregate(node, function)

    def _aggregate(self, node: ast.Call, function: AggregateFunction) -> Typed | None:
        keywords = {keyword.arg: keyword for keyword in node.keywords}
        for name, keyword in keywords.items():
            if name != "where":
                return self.bad(keyword, "wrong-arguments", f"{function.name}() takes no '{name}'", "only where=condition")
        condition = self._condition(keywords["where"].value) if "where" in keywords else None
        if "where" in keywords and condition is None:
            return None
        wanted = 2 if function.parameter else 1
        if function.name == "count":
            return self._count(node, condition)
        if len(node.args) != wanted:
            shown = f"{function.name}(x, 95)" if function.parameter else f"{function.name}(x)"
            return self.bad(node, "wrong-arguments", f"{function.name}() takes {wanted} argument(s), got {len(node.args)}", f"as in {shown}")
        argument = self._events.visit(node.args[0])
        if argument is None or function.takes == "number" and not self.expect(node.args[0], argument, "number"):
            return None
        parameter = self._parameter(node.args[1]) if function.parameter else function.fixed
        if function.parameter and parameter is None:
            return None
        unit = argument.unit if function.unit == "same" else NUMBER
        if argument.constant and function.unit == "same":
            unit = NUMBER
        return self._measured(Measure(function.aggregate, argument.node, self._filtered(condition), parameter), unit)

    def _count(self, node: ast.Call, condition: Node | None) -> Typed | None:
        if len(node.args) > 1:
            return self.bad(node, "wrong-arguments", "count() takes at most one condition", "join conditions with 'and'")
        if node.args:
            counted = self._events.visit(node.args[0])
            if counted is None:
                return None
            if counted.type != "bool":
                name = ast.unparse(node.args[0])
                return self.bad(node.args[0], "wrong-type", "count() takes a condition",
                                f"as in count({name} == ...), count(not missing({name})), or distinct({name})")
            condition = counted.node if condition is None else Logic("and", (counted.node, condition))
        return self._measured(Measure("count", None, self._filtered(condition)), NUMBER)

    def _rate(self, node: ast.Call) -> Typed | None:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        text = keywords.get("per")
        if len(node.args) != 1 or set(keywords) != {"per"}:
            return self.bad(node, "wrong-arguments", "rate() takes one value and per=", 'as in rate(count(), per="1h")')
        operand = self.visit(node.args[0])
        found = _DURATION.match(text.value) if isinstance(text, ast.Constant) and isinstance(text.value, str) else None
        if not found or int(found[1]) == 0:
            assert text is not None
            return self.bad(text, "wrong-arguments", "per= takes a stretch of time in quotes", 'as in per="1h"')
        if not self.expect(node.args[0], operand, "number"):
            return None
        assert operand is not None
        microseconds = int(found[1]) * _MICROSECONDS[found[2]]
        unit = _UNIT.get(found[2], found[2])
        shown = per(microseconds, unit if found[1] == "1" else f"{found[1]}{unit}")
        return Typed(Rate(operand.node, microseconds), "number", None if operand.unit is None else operand.unit * shown)

    def _condition(self, node: ast.expr) -> Node | None:
        typed = self._events.visit(node)
        return typed.node if typed and self.expect(node, typed, "bool") else None

    def _parameter(self, node: ast.expr) -> float | None:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 100:
            return float(value)
        return self.bad(node, "wrong-arguments", "a percentile is a number between 0 and 100", "as in percentile(x, 95)")

    def _filtered(self, condition: Node | None) -> Node | None:
        if self._where is None or condition is None:
            return condition or self._where
        return Logic("and", (condition, self._where))

    def _measured(self, measure: Measure, unit: Unit | None) -> Typed:
        self.measures[measure.id] = measure
        return Typed(MeasureRef(measure.id, measure.text), "number", unit)
