"""The names that a formula may use, and the types and units they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from framework.definitions.model import Definitions, EventField, FieldType, Kpi
from framework.expressions.units import Unit, parse_unit


@dataclass(frozen=True)
class Scope:
    """Event fields, dimensions of zone maps, and KPIs, each by name; `time` names the event's time."""

    fields: Mapping[str, EventField]
    dimensions: Mapping[str, FieldType]
    kpis: Mapping[str, Kpi]
    time: str

    @classmethod
    def of(cls, definitions: Definitions) -> Scope:
        """The scope of a folder of definitions."""
        events = definitions.pipeline.events
        return cls(
            {field.name: field for field in events.fields},
            definitions.dimensions,
            {kpi.name: kpi for kpi in definitions.kpis},
            events.time,
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What an event has."""
        return (*self.fields, *self.dimensions)

    def type_of(self, name: str) -> FieldType:
        """The type of a field or dimension."""
        return self.fields[name].type if name in self.fields else self.dimensions[name]

    def unit_of(self, name: str) -> Unit | None:
        """The unit of a field; None where none is declared: then anything goes with it."""
        field = self.fields.get(name)
        return parse_unit(field.unit) if field and field.unit else None
