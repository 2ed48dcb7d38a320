"""The outer level of formulas: aggregates, other KPIs, and arithmetic on them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from framework.expressions.events import EventLevel
from framework.expressions.functions import AGGREGATES, NAMES, AggregateFunction
from framework.expressions.measure import Measure
from framework.expressions.nodes import Literal, Logic, MeasureRef, Node, Rate
from framework.expressions.operators import Operators
from framework.expressions.problems import Problems, nearest
from framework.expressions.scope import Scope
from framework.expressions.typed import Typed
from framework.expressions.units import NUMBER, Unit, per

_DURATION = re.compile(r"([1-9]\d{0,5})\s*(ms|s|m|min|h|d)", re.ASCII)
_MICROSECONDS = {
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}

Inline = Callable[[str], Typed | None]


class WindowLevel(Operators):
    """Compiles over aggregates. `where` is the KPI's own filter; `inline` gives another KPI's value."""

    events = False

    def __init__(self, scope: Scope, problems: Problems, where: Node | None, inline: Inline) -> None:
        super().__init__(scope, problems)
        self.measures: dict[str, Measure] = {}
        self._where = where
        self._inline = inline
        self._events = EventLevel(scope, problems)

    def name(self, node: ast.Name) -> Typed | None:
        name = node.id
        if name in self.scope.kpis:
            return self._inline(name)
        if name in self.scope.names:
            numeric = self.scope.type_of(name) in ("int", "float")
            example = (
                f"sum({name}) or mean({name})" if numeric else f"count({name} == ...) or distinct({name})"
            )
            message = f"'{name}' is a field of events: a window has many"
            return self.bad(
                node, "field-outside-aggregate", message, f"put it inside an aggregate, as in {example}"
            )
        known = nearest(name, self.scope.kpis, (*NAMES, *self.scope.names))
        return self.unknown_name(node, f"no KPI or aggregate '{name}'", known)

    def call(self, node: ast.Call, name: str) -> Typed | None:
        if name == "rate":
            return self._rate(node)
        function = AGGREGATES.get(name)
        return self._aggregate(node, function) if function else self.unknown(node, name)

    def _aggregate(self, node: ast.Call, function: AggregateFunction) -> Typed | None:
        before = len(self.problems.found)
        condition = self._keywords(node, function)
        if any(keyword.arg is None for keyword in node.keywords):
            return None
        if function.name == "count":
            counted = self._counted_condition(node)
            if len(self.problems.found) > before:
                return None
            return self._measured(
                "count", None, [counted, condition], None, Typed(Literal(0, "number"), "number", NUMBER)
            )
        wanted = 2 if function.parameter else 1
        if len(node.args) != wanted:
            hint = f"as in {function.example}, or with where=condition"
            if function.name in ("min", "max") and len(node.args) > 1:
                hint = f"for the {'least' if function.name == 'min' else 'greatest'} of several values: "
                hint += f"{'least' if function.name == 'min' else 'greatest'}(a, b)"
            message = f"{function.name}() takes {wanted} argument{'s' * (wanted > 1)}, got {len(node.args)}"
            return self.bad(node, "wrong-arguments", message, hint)
        argument = self._events.visit(node.args[0])
        if argument and function.takes == "number":
            self._events.expect(node.args[0], argument, "number")
        parameter = self._parameter(node.args[1]) if function.parameter else function.fixed
        if argument is None or len(self.problems.found) > before:
            return None
        return self._measured(
            function.aggregate, argument.node, [condition], parameter, _value(function, argument)
        )

    def _keywords(self, node: ast.Call, function: AggregateFunction) -> Node | None:
        condition = None
        for keyword in node.keywords:
            if keyword.arg == "where":
                condition = self._condition(keyword.value)
            elif keyword.arg in self.scope.names:
                self.bad(keyword, "syntax", "'=' does not compare", f"write {keyword.arg} == ...")
            elif keyword.arg is None:
                self.bad(
                    keyword.value,
                    "not-allowed",
                    "'**' in front of a value has no place here",
                    "as in sum(x, where=y > 3)",
                )
            else:
                hint = "did you mean where=?" if "where" in nearest(keyword.arg, ["where"]) else ""
                message = f"{function.name}() takes no argument named '{keyword.arg}'"
                self.bad(keyword, "wrong-arguments", message, hint or "only where=condition")
        return condition

    def _counted_condition(self, node: ast.Call) -> Node | None:
        if len(node.args) > 1:
            listed = isinstance(node.args[0], ast.Compare) and isinstance(
                node.args[0].ops[-1], ast.In | ast.NotIn
            )
            hint = 'a list is written: x in ["a", "b"]' if listed else "join conditions with 'and'"
            self.bad(node, "wrong-arguments", "count() takes at most one condition", hint)
            return None
        if not node.args:
            return None
        counted = self._events.visit(node.args[0])
        if counted is not None and counted.type != "bool":
            name = ast.unparse(node.args[0])
            plain = isinstance(node.args[0], ast.Name)
            hint = f"as in count({name} == ...), count(not missing({name})), or distinct({name})"
            self.bad(
                node.args[0],
                "wrong-type",
                "count() takes a condition",
                hint if plain else "as in count(x > 3)",
            )
            return None
        return counted.node if counted else None

    def _rate(self, node: ast.Call) -> Typed | None:
        text = next((keyword.value for keyword in node.keywords if keyword.arg == "per"), None)
        if len(node.args) != 1 or len(node.keywords) != 1 or text is None:
            return self.bad(
                node, "wrong-arguments", "rate() takes one value and per=", 'as in rate(count(), per="1h")'
            )
        operand = self.visit(node.args[0])
        found = None
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            found = _DURATION.fullmatch(text.value.strip())
        if not found:
            self.bad(text, "wrong-arguments", "per= takes a stretch of time in quotes", 'as in per="1h"')
        if operand is None or not self.expect(node.args[0], operand, "number") or not found:
            return None
        self._of_total(node.args[0])
        microseconds = int(found[1]) * _MICROSECONDS[found[2]]
        unit = operand.unit * per(microseconds) if operand.unit else None
        return Typed(Rate(operand.node, microseconds), "number", unit)

    def _of_total(self, node: ast.expr) -> None:
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if name in AGGREGATES and not AGGREGATES[name].total:
            message = f"{name}() does not grow with time, so it has no rate"
            self.bad(
                node, "rate-of-average", message, "take the rate of a count(), sum() or distinct()", "warning"
            )

    def _condition(self, node: ast.expr) -> Node | None:
        typed = self._events.visit(node)
        return typed.node if typed and self._events.expect(node, typed, "bool") else None

    def _parameter(self, node: ast.expr) -> float | None:
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 100:
            return float(value)
        message = "which percentile is a number between 0 and 100, written out"
        self.bad(node, "wrong-arguments", message, "as in percentile(x, 95)")
        return None

    def _measured(
        self,
        aggregate: str,
        argument: Node | None,
        conditions: list[Node | None],
        parameter: float | None,
        value: Typed,
    ) -> Typed:
        given = [one for one in (*conditions, self._where) if one is not None]
        condition = Logic("and", tuple(given)) if given else None
        measure = Measure.of(aggregate, argument, condition, parameter)
        self.measures[measure.id] = measure
        return Typed(MeasureRef(measure.id, measure.text), value.type, value.unit)


def _value(function: AggregateFunction, argument: Typed) -> Typed:
    unit: Unit | None = argument.unit if function.unit == "same" else NUMBER
    return Typed(argument.node, argument.type if function.keeps_type else "number", unit)
