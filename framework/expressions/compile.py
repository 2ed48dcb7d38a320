"""All KPIs' formulas, checked and compiled, with everything that is wrong with them."""

from __future__ import annotations

import ast
import hashlib
import json

from framework.definitions.diagnostics import Diagnostic
from framework.definitions.model import Definitions, Kpi
from framework.expressions.events import EventLevel
from framework.expressions.fields import fields_of
from framework.expressions.measure import CompiledKpi, Measure
from framework.expressions.nodes import Node
from framework.expressions.parse import parse
from framework.expressions.problems import Problems
from framework.expressions.ratio import ratio_of
from framework.expressions.scope import Scope
from framework.expressions.typed import Typed
from framework.expressions.units import NUMBER, Unit, parse_unit
from framework.expressions.unparse import unparse
from framework.expressions.windows import WindowLevel


def compile_formulas(definitions: Definitions) -> tuple[dict[str, CompiledKpi], tuple[Diagnostic, ...]]:
    """The KPIs that compile, by name, and the diagnostics of all formulas in the order of the KPIs."""
    compiler = _Compiler(Scope.of(definitions))
    compiled = {}
    for kpi in definitions.kpis:
        done = compiler.compile(kpi)
        if done:
            compiled[kpi.name] = done
    return compiled, tuple(compiler.diagnostics)


class _Compiler:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._values: dict[str, tuple[Typed, dict[str, Measure]] | None] = {}
        self._path: list[str] = []
        self.diagnostics: list[Diagnostic] = []

    def compile(self, kpi: Kpi) -> CompiledKpi | None:
        found = self._value(kpi)
        if found is None:
            return None
        typed, measures = found
        used = tuple(measures.values())
        fields = frozenset().union(*(fields_of(m.argument) | fields_of(m.condition) for m in used))
        return CompiledKpi(
            name=kpi.name,
            unit=kpi.unit,
            measures=used,
            value=typed.node,
            ratio=ratio_of(typed.node),
            fields=fields,
            definition=_digest(kpi, typed.node),
        )

    def _value(self, kpi: Kpi) -> tuple[Typed, dict[str, Measure]] | None:
        if kpi.name not in self._values:
            self._path.append(kpi.name)
            self._values[kpi.name] = self._compiled(kpi)
            self._path.pop()
        return self._values[kpi.name]

    def _compiled(self, kpi: Kpi) -> tuple[Typed, dict[str, Measure]] | None:
        where, good = self._where(kpi)
        problems = Problems(kpi.value)
        tree = parse(kpi.value, problems)
        measures: dict[str, Measure] = {}

        def inline(name: str, node: ast.Name) -> Typed | None:
            if name in self._path:
                cycle = " -> ".join([*self._path[self._path.index(name):], name])
                problems.add(node, "cycle", f"KPIs refer to one another in a circle: {cycle}", "break the circle")
                return None
            other = self._value(self._scope.kpis[name])
            if other is None:
                return None  # the other KPI's own problems say why
            measures.update(other[1])
            declared = parse_unit(self._scope.kpis[name].unit) if self._scope.kpis[name].unit else other[0].unit
            return Typed(other[0].node, "number", declared)

        level = WindowLevel(self._scope, problems, where, inline)
        typed = level.visit(tree) if tree is not None else None
        if tree is not None and level.expect(tree, typed, "number"):
            assert typed is not None
            measures = {**measures, **level.measures}
            if not measures:
                problems.add(tree, "no-aggregate", "the formula has no aggregate", "as in count(), sum(x), mean(x)")
            _check_unit(kpi, tree, typed, problems)
        self.diagnostics += problems.found
        wrong = any(one.severity == "error" for one in problems.found)
        return None if typed is None or wrong or not good or not measures else (typed, measures)

    def _where(self, kpi: Kpi) -> tuple[Node | None, bool]:
        if kpi.where is None:
            return None, True
        problems = Problems(kpi.where)
        tree = parse(kpi.where, problems)
        level = EventLevel(self._scope, problems)
        typed = level.visit(tree) if tree is not None else None
        good = tree is not None and level.expect(tree, typed, "bool")
        self.diagnostics += problems.found
        good = good and not problems.found
        return (typed.node, True) if good and typed else (None, False)


def _check_unit(kpi: Kpi, tree: ast.expr, typed: Typed, problems: Problems) -> None:
    if not kpi.unit or typed.unit is None:
        return
    declared: Unit = parse_unit(kpi.unit)
    found = NUMBER if typed.constant else typed.unit
    if not declared.same(found):
        problems.add(tree, "unit-mismatch", f"the formula gives {found.shown()}, the KPI's unit is {kpi.unit}",
                     "change the unit, or convert in the formula")
    elif kpi.unit.strip() == "%" and ratio_of(typed.node) and "100" not in unparse(typed.node):
        problems.add(tree, "percent-without-100", "a ratio shown in % without a factor of 100",
                     "multiply by 100", "warning")


def _digest(kpi: Kpi, value: Node) -> str:
    meaning = [
        unparse(value),
        [kpi.window.size, kpi.window.every],
        [[grouping.name, list(grouping.fields)] for grouping in kpi.by],
        kpi.unit,
    ]
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:12]
