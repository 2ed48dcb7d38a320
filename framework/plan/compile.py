"""Definitions to plan: a fixed list of passes, each in its own file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from framework.definitions.model import Definitions
from framework.expressions import CompiledKpi
from framework.plan.nodes import Plan
from framework.plan.passes.form_groups import form_groups
from framework.plan.passes.list_outputs import list_outputs
from framework.plan.passes.prune_columns import prune_columns
from framework.plan.passes.watch_rules import watch_rules


def compile_plan(definitions: Definitions, kpis: Mapping[str, CompiledKpi]) -> Plan:
    """The plan of checked definitions; `kpis` are their compiled formulas by name."""
    pipeline = definitions.pipeline
    outputs = list_outputs(definitions.kpis, kpis)
    groups = form_groups(outputs, pipeline.events.correct_for)
    dimensions = definitions.dimensions
    return Plan(
        name=pipeline.name,
        namespace=pipeline.namespace,
        digest=digest(definitions.files),
        events=pipeline.events,
        columns=prune_columns(pipeline.events, groups, definitions.zones, kpis),
        zones=definitions.zones,
        dimensions=tuple(sorted(dimensions.items())),
        groups=groups,
        watches=watch_rules(definitions, kpis),
        notifies=bool(pipeline.notify),
    )


def digest(files: Mapping[str, str]) -> str:
    """Sixteen hex digits that name the texts of a folder of definitions, whatever the folder's place."""
    whole = hashlib.sha256()
    for text in sorted(files.values()):
        whole.update(text.encode())
        whole.update(b"\0")
    return whole.hexdigest()[:16]
