"""What rules and calendars may name, and how levels lie in one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from framework.definitions import model


@dataclass(frozen=True)
class World:
    """Everything but the rules. `rules` are their names, each with its level.

    `wrong` are the files with errors: what they would have given can't be relied on. `broken` are the kinds
    of files that could not be built at all, `""` for an unknown one.
    """

    pipeline: model.Pipeline
    dimensions: Mapping[str, model.FieldType]
    zones: tuple[model.ZoneMap, ...]
    kpis: Mapping[str, model.Kpi]
    calendars: Mapping[str, model.Calendar]
    rules: Mapping[str, str]
    wrong: frozenset[str]
    broken: frozenset[str]

    @property
    def sure(self) -> bool:
        """Whether the levels and the zone maps are as their authors meant them."""
        places = {self.pipeline.at.path, *(zone.at.path for zone in self.zones)}
        return self.wrong.isdisjoint(places) and self.whole("zones")

    def whole(self, kind: str) -> bool:
        """Whether every file of a kind could be built: a name that none gives is one that there is not."""
        return self.broken.isdisjoint({kind, ""})

    @property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        """Each level's fields."""
        return {level.name: level.fields for level in self.pipeline.levels}

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of events and what zone maps set."""
        return (*(field.name for field in self.pipeline.events.fields), *self.dimensions)

    def relies_on(self, kpi: str) -> bool:
        """Whether a KPI is there, in a file without errors."""
        return kpi in self.kpis and self.kpis[kpi].at.path not in self.wrong

    def belongs(self, fields: tuple[str, ...], whole: tuple[str, ...]) -> bool:
        """Whether what `fields` identify lies in one and only one of what `whole` identify.

        What `whole` has beyond `fields` must come from the zone maps, and never differ for the same values
        of `fields`: a machine is at one site, but a region is not.
        """
        missing = [name for name in whole if name not in fields]
        if any(name not in self.dimensions for name in missing):
            return False
        found: dict[tuple[object, ...], tuple[object, ...]] = {}
        for assignment in self._assignments() if missing else ():
            key = tuple(_value(assignment, name) for name in fields)
            values = tuple(assignment.sets.get(name) for name in missing)
            if None not in key and None not in values and found.setdefault(key, values) != values:
                return False
        return True

    def _assignments(self) -> tuple[model.Assignment, ...]:
        newest: dict[str, model.ZoneMap] = {}
        for zone_map in self.zones:
            known = newest.get(zone_map.name)
            if known is None or known.effective < zone_map.effective:
                newest[zone_map.name] = zone_map
        return tuple(one for zone_map in newest.values() for one in zone_map.assignments)


def values_of(zones: Iterable[model.ZoneMap]) -> dict[str, set[str]]:
    """The values that zone maps set, as texts, by dimension."""
    found: dict[str, set[str]] = {}
    for zone_map in zones:
        for assignment in zone_map.assignments:
            for name, value in assignment.sets.items():
                text = str(value).lower() if isinstance(value, bool) else str(value)
                found.setdefault(name, set()).add(text)
    return found


def _value(assignment: model.Assignment, name: str) -> object:
    """What an assignment says of a field: the value that it sets, or the pattern that it asks for."""
    pattern = next((one.text for one in assignment.match if one.field == name), None)
    return assignment.sets.get(name, pattern)
