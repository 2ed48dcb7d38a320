"""Assignments that can never be reached, or that take events from one another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framework.definitions import model
from framework.definitions.accepts import Accepts, accepts, union
from framework.definitions.build.gather import Gather
from framework.definitions.globs import literal

_EVER = 1 << 63
_PREFIX = 32


@dataclass(frozen=True)
class _Entry:
    """An assignment with what it accepts of each field, its map, and when (from, until) the map holds."""

    assignment: model.Assignment
    fields: Mapping[str, Accepts]
    zone: model.ZoneMap
    start: int
    end: int

    def meets(self, other: _Entry) -> bool:
        return all(
            name not in other.fields or one.meets(other.fields[name]) for name, one in self.fields.items()
        )

    def covers(self, narrow: _Entry, but: str = "") -> bool:
        return all(
            name in narrow.fields and one.covers(narrow.fields[name])
            for name, one in self.fields.items()
            if name != but
        )


def check_overlaps(gather: Gather, zones: Sequence[model.ZoneMap]) -> None:
    """Within a map a later entry must be reachable; between maps that hold together nothing may overlap."""
    ends = _ends(gather, zones)
    everything: list[_Entry] = []
    for zone, end in zip(zones, ends, strict=True):
        entries = [
            _Entry(one, {pattern.field: accepts(pattern) for pattern in one.match}, zone, zone.effective, end)
            for one in zone.assignments
        ]
        _within(gather, entries)
        everything += entries
    _between(gather, everything)


def _ends(gather: Gather, zones: Sequence[model.ZoneMap]) -> list[int]:
    """Until when each map holds: to the next of its name."""
    starts: dict[str, dict[int, model.ZoneMap]] = defaultdict(dict)
    for zone in zones:
        first = starts[zone.name].setdefault(zone.effective, zone)
        if first is not zone:
            message = f"the zone map '{zone.name}' is defined twice for one day; first in {first.at}"
            gather.add(
                zone.at, "zones/duplicate-name", message, "give it another name or another `effective` day"
            )
    return [min((day for day in starts[zone.name] if day > zone.effective), default=_EVER) for zone in zones]


def _within(gather: Gather, entries: Sequence[_Entry]) -> None:
    candidates = _Candidates(entries)
    for place, entry in enumerate(entries):
        earlier = [entries[k] for k in candidates.of(place) if k < place]
        crossing = [one for one in earlier if one.meets(entry)]
        hiding = _hiding(entry, crossing)
        at = entry.assignment.at
        if hiding:
            takes = f"{', '.join(map(_named, hiding))} take{'s' if len(hiding) == 1 else ''}"
            hint = "put the narrower entry first, or remove one"
            gather.add(at, "zones/unreachable", f"nothing gets here: {takes} all of it", hint)
            continue
        for one in crossing:
            if not entry.covers(one) and dict(one.assignment.sets) != dict(entry.assignment.sets):
                message = f"overlaps with {_named(one)}, which takes what both match"
                gather.add(at, "zones/overlap", message, "keep the two apart", "warning")
                break


def _named(entry: _Entry) -> str:
    return f"'{entry.assignment.match[-1].text}' on line {entry.assignment.at.line}"


def _hiding(entry: _Entry, crossing: Sequence[_Entry]) -> list[_Entry]:
    """Earlier entries that take all of an entry: one alone, or some side by side along one field."""
    for one in crossing:
        if one.covers(entry):
            return [one]
    for name, wanted in entry.fields.items():
        side = [one for one in crossing if name in one.fields and one.covers(entry, but=name)]
        if len(side) > 1 and union([one.fields[name] for one in side]).covers(wanted):
            return side
    return []


def _between(gather: Gather, entries: Sequence[_Entry]) -> None:
    reported: set[tuple[str, str]] = set()
    candidates = _Candidates(entries)
    for place, entry in enumerate(entries):
        for k in candidates.of(place):
            other = entries[k]
            names = (other.zone.name, entry.zone.name)
            if k >= place or names[0] == names[1] or names in reported:
                continue
            together = entry.start < other.end and other.start < entry.end
            if together and other.meets(entry):
                reported.update((names, names[::-1]))
                message = f"overlaps with the map '{other.zone.name}' at {other.assignment.at}"
                hint = "an event can be in one map only: keep the two apart"
                gather.add(entry.assignment.at, "zones/overlap-between-maps", message, hint)


class _Candidates:
    """For each entry, the places of those that may meet it.

    Two texts or globs can have a value in common only where the literal beginning of one begins with
    that of the other; looked at is the field that most entries match by text. Others may meet anything.
    """

    def __init__(self, entries: Sequence[_Entry]) -> None:
        texts = Counter(name for entry in entries for name, one in entry.fields.items() if not one.ranges)
        field = max(sorted(texts), key=lambda name: texts[name], default="")
        self._starts = [_starts(entry.fields.get(field)) for entry in entries]
        self._exactly: dict[str, list[int]] = defaultdict(list)
        self._within: dict[str, list[int]] = defaultdict(list)
        self._loose: list[int] = []
        for place, starts in enumerate(self._starts):
            if starts is None:
                self._loose.append(place)
            for start in starts or ():
                self._exactly[start].append(place)
                for length in range(len(start) + 1):
                    self._within[start[:length]].append(place)

    def of(self, place: int) -> list[int]:
        """The places of the entries that may meet the one at `place`, in order."""
        starts = self._starts[place]
        if starts is None:
            return list(range(len(self._starts)))
        found = set(self._loose)
        for start in starts:
            found.update(self._within[start])
            for length in range(len(start)):
                found.update(self._exactly.get(start[:length], ()))
        return sorted(found)


def _starts(one: Accepts | None) -> frozenset[str] | None:
    """The literal beginnings of all that a field accepts; None where they can't be told."""
    if one is None or one.ranges:
        return None
    return frozenset(text[:_PREFIX] for text in one.texts) | {literal(glob)[:_PREFIX] for glob in one.globs}
