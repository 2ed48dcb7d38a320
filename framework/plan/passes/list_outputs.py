"""Every KPI at every level it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from framework.definitions.model import Grouping, Kpi
from framework.expressions import CompiledKpi
from framework.plan.nodes import Output


def list_outputs(
    kpis: Iterable[Kpi], compiled: Mapping[str, CompiledKpi]
) -> tuple[tuple[Grouping, Output], ...]:
    """One output for each KPI and grouping, in the order of the definitions."""
    return tuple(
        (
            grouping,
            Output(
                kpi=kpi.name,
                unit=kpi.unit,
                definition=compiled[kpi.name].definition,
                level=grouping.name,
                is_level=grouping.is_level,
                window=kpi.window,
                measures=compiled[kpi.name].measures,
                value=compiled[kpi.name].value,
                ratio=compiled[kpi.name].ratio,
            ),
        )
        for kpi in kpis
        for grouping in kpi.by
    )
