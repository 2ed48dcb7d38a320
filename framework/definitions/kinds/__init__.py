"""The kinds of definitions, each described once."""

from framework.definitions.kinds.calendar import CALENDAR
from framework.definitions.kinds.kpi import KPI
from framework.definitions.kinds.pipeline import PIPELINE
from framework.definitions.kinds.rule import RULE
from framework.definitions.kinds.simulation import SIMULATION
from framework.definitions.kinds.zones import ZONES
from framework.definitions.spec import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (PIPELINE, KPI, RULE, ZONES, CALENDAR, SIMULATION)}

__all__ = ["KINDS"]
