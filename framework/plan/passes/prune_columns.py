"""Only the event fields that something needs become columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from framework.definitions.model import Events, ZoneMap
from framework.expressions import CompiledKpi
from framework.plan.nodes import Group


def prune_columns(
    events: Events, groups: Iterable[Group], zones: Iterable[ZoneMap], kpis: Mapping[str, CompiledKpi]
) -> tuple[str, ...]:
    """The names of the event fields used by group-bys, zone maps or formulas, in declared order."""
    used = {name for group in groups for name in group.fields}
    used |= {pattern.field for zone in zones for entry in zone.assignments for pattern in entry.match}
    used |= {name for kpi in kpis.values() for name in kpi.fields}
    return tuple(field.name for field in events.fields if field.name in used)
