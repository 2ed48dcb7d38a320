"""All KPIs' formulas, checked and compiled, with everything that is wrong with them."""

from __future__ import annotations

import ast
import hashlib
import json

from framework.definitions.diagnostics import Diagnostic
from framework.definitions.model import Definitions, Kpi
from framework.expressions.events import EventLevel
from framework.expressions.measure import CompiledKpi, Measure, labelled
from framework.expressions.nodes import LARGEST_TREE, Field, Node, depth, larger, walk
from framework.expressions.order import in_order, references
from framework.expressions.parse import parse
from framework.expressions.problems import Problems
from framework.expressions.ratio import ratio_of
from framework.expressions.scope import Scope
from framework.expressions.typed import Typed
from framework.expressions.unitcheck import check_unit
from framework.expressions.units import parse_unit
from framework.expressions.unparse import unparse
from framework.expressions.windows import WindowLevel

DEEPEST_TREE = 60  # of a value with the KPIs that it refers to in place


def compile_formulas(definitions: Definitions) -> tuple[dict[str, CompiledKpi], tuple[Diagnostic, ...]]:
    """The KPIs that compile, by name, and the diagnostics of all formulas in the order of the KPIs.

    A KPI that refers to one that does not compile is left out without a word: the other's say why.
    """
    return _Compiler(Scope.of(definitions)).run()


class _Compiler:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._problems = {name: Problems(kpi.value) for name, kpi in scope.kpis.items()}
        self._wheres = {name: Problems(kpi.where) for name, kpi in scope.kpis.items() if kpi.where}
        self._done: dict[str, tuple[Typed, dict[str, Measure]]] = {}

    def run(self) -> tuple[dict[str, CompiledKpi], tuple[Diagnostic, ...]]:
        kpis = self._scope.kpis
        trees = {name: parse(kpi.value, self._problems[name]) for name, kpi in kpis.items()}
        names = frozenset(kpis)
        refers = {name: references(tree, names) if tree else {} for name, tree in trees.items()}
        order, circles = in_order(refers)
        for circle in circles:
            message = f"KPIs refer to one another in a circle: {' -> '.join(circle)}"
            place = refers[circle[-2]][circle[-1]]
            self._problems[circle[-2]].add(
                place, "cycle", message, "break the circle: one must do without the others"
            )
        for name in order:
            self._compile(kpis[name], trees[name])
        found = [self._compiled(kpis[name]) for name in kpis if name in self._done]
        diagnostics = [
            one
            for name in kpis
            for problems in (self._wheres.get(name), self._problems[name])
            if problems
            for one in sorted(problems.found, key=lambda found: found.at)
        ]
        return {kpi.name: kpi for kpi in found}, tuple(diagnostics)

    def _compile(self, kpi: Kpi, tree: ast.expr | None) -> None:
        where, good = self._where(kpi)
        if tree is None:
            return
        problems = self._problems[kpi.name]
        measures: dict[str, Measure] = {}

        def inline(name: str) -> Typed | None:
            if name not in self._done:
                return None
            other, others = self._done[name]
            measures.update(others)
            unit = self._scope.kpis[name].unit
            return Typed(other.node, other.type, parse_unit(unit) if unit else other.unit)

        level = WindowLevel(self._scope, problems, where, inline)
        typed = level.visit(tree)
        if typed is None or not level.expect(tree, typed, "number") or problems.errors:
            return
        measures.update(level.measures)
        if not measures:
            problems.add(tree, "no-aggregate", "nothing is counted here", "as in count(), sum(x), mean(x)")
        elif _too_big(typed.node):
            message = "the formula is too big with the KPIs that it refers to in place"
            problems.add(tree, "too-deep", message, "refer to fewer KPIs, or to simpler ones")
        else:
            check_unit(kpi, tree, typed, problems)
        if good and not problems.errors:
            self._done[kpi.name] = typed, measures

    def _where(self, kpi: Kpi) -> tuple[Node | None, bool]:
        if kpi.where is None:
            return None, True
        problems = self._wheres[kpi.name]
        tree = parse(kpi.where, problems)
        level = EventLevel(self._scope, problems)
        typed = level.visit(tree) if tree is not None else None
        if tree is None or typed is None or not level.expect(tree, typed, "bool"):
            return None, False
        return typed.node, not problems.errors

    def _compiled(self, kpi: Kpi) -> CompiledKpi:
        typed, measures = self._done[kpi.name]
        roots = [root for one in measures.values() for root in (one.argument, one.condition) if root]
        return CompiledKpi(
            name=kpi.name,
            unit=kpi.unit,
            measures=labelled(measures.values()),
            value=typed.node,
            ratio=ratio_of(typed.node),
            fields=frozenset(one.name for root in roots for one in walk(root) if isinstance(one, Field)),
            definition=_digest(kpi, typed.node),
        )


def _too_big(node: Node) -> bool:
    return depth(node, DEEPEST_TREE) > DEEPEST_TREE or larger(node, LARGEST_TREE)


def _digest(kpi: Kpi, value: Node) -> str:
    meaning = [
        unparse(value),
        [kpi.window.size, kpi.window.every],
        sorted([grouping.name, *grouping.fields] for grouping in kpi.by),
        kpi.unit,
    ]
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:12]
