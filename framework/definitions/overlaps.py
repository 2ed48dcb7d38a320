"""Assignments that can never be reached, or that take events from one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.patterns import expand, glob_match


def check_overlaps(gather: Gather, zones: Sequence[model.ZoneMap]) -> None:
    """Within a map a later entry must be reachable; between maps that hold together nothing may overlap."""
    for zone in zones:
        _within(gather, zone)
    names: dict[str, list[model.ZoneMap]] = {}
    for zone in zones:
        names.setdefault(zone.name, []).append(zone)
    for maps in names.values():
        seen: dict[int, model.ZoneMap] = {}
        for zone in maps:
            if zone.effective in seen:
                gather.add(
                    zone.at,
                    "zones/duplicate-name",
                    f"the zone map '{zone.name}' is defined twice for one day; first in {seen[zone.effective].at}",
                    "give one another `effective` day or another name",
                )
            seen[zone.effective] = zone
    held = list(names.values())
    for place, maps in enumerate(held):
        for others in held[place + 1 :]:
            _between(gather, maps, others)


def _within(gather: Gather, zone: model.ZoneMap) -> None:
    for place, entry in enumerate(zone.assignments):
        earlier = zone.assignments[:place]
        hiding = next((one for one in earlier if _covers(one.match, entry.match)), None)
        if hiding:
            gather.add(
                entry.at,
                "zones/unreachable",
                f"nothing gets here: line {hiding.at.line} takes all of it",
                "put the narrower entry first, or remove one",
            )
            continue
        crossing = next(
            (one for one in earlier if _meet(one.match, entry.match) and not _covers(entry.match, one.match)),
            None,
        )
        if crossing and dict(crossing.sets) != dict(entry.sets):
            gather.add(
                entry.at,
                "zones/overlap",
                f"overlaps with line {crossing.at.line}, which takes what both match",
                "make their ranges separate",
                "warning",
            )


def _between(gather: Gather, maps: Iterable[model.ZoneMap], others: Iterable[model.ZoneMap]) -> None:
    for zone in maps:
        for other in others:
            if not _summary_meets(zone, other):
                continue
            for entry in other.assignments:
                crossing = next((one for one in zone.assignments if _meet(one.match, entry.match)), None)
                if crossing:
                    gather.add(
                        entry.at,
                        "zones/overlap-between-maps",
                        f"overlaps with the map '{zone.name}' at {crossing.at}",
                        "an event can be in one map only: narrow one of them",
                    )
                    return


def _summary_meets(a: model.ZoneMap, b: model.ZoneMap) -> bool:
    """Whether two maps may meet at all: a quick look at the first field that both match."""
    texts_a, texts_b = _texts(a), _texts(b)
    return texts_a is None or texts_b is None or not texts_a.isdisjoint(texts_b)


def _texts(zone: model.ZoneMap) -> frozenset[tuple[str, str]] | None:
    """All (field, value) that one text field of every entry lists, or None when they can't be listed."""
    return _listed(zone.assignments)


@lru_cache(maxsize=4_096)
def _listed_pattern(pattern: model.Pattern) -> frozenset[str] | None:
    found = set(pattern.texts)
    for glob in pattern.globs:
        expanded = expand(glob)
        if expanded is None:
            return None
        found.update(expanded)
    return frozenset(found)


def _listed(assignments: Sequence[model.Assignment]) -> frozenset[tuple[str, str]] | None:
    if not assignments or not assignments[0].match:
        return None
    field = assignments[0].match[0].field
    found: set[tuple[str, str]] = set()
    for entry in assignments:
        pattern = next((one for one in entry.match if one.field == field), None)
        listed = _listed_pattern(pattern) if pattern and not pattern.ranges else None
        if listed is None:
            return None
        found.update((field, text) for text in listed)
    return frozenset(found)


def _covers(wide: Sequence[model.Pattern], narrow: Sequence[model.Pattern]) -> bool:
    bound = {pattern.field: pattern for pattern in narrow}
    return all(one.field in bound and _pattern_covers(one, bound[one.field]) for one in wide)


def _meet(a: Sequence[model.Pattern], b: Sequence[model.Pattern]) -> bool:
    bound = {pattern.field: pattern for pattern in b}
    return all(one.field not in bound or _pattern_meets(one, bound[one.field]) for one in a)


@lru_cache(maxsize=100_000)
def _pattern_covers(wide: model.Pattern, narrow: model.Pattern) -> bool:
    for low, high in narrow.ranges:
        if not any(a <= low and high <= b for a, b in wide.ranges):
            return False
    for text in narrow.texts:
        if text not in wide.texts and not any(glob_match(glob).match(text) for glob in wide.globs):
            return False
    for glob in narrow.globs:
        listed = expand(glob)
        if listed is not None:
            if not all(
                text in wide.texts or any(glob_match(g).match(text) for g in wide.globs) for text in listed
            ):
                return False
        elif (
            glob not in wide.globs
            and "*" not in wide.globs
            and not any(_prefix_covers(g, glob) for g in wide.globs)
        ):
            return False
    return True


def _prefix_covers(wide: str, narrow: str) -> bool:
    """`A*` covers `AB*`: the common case of a glob with one star at its end."""
    return wide.endswith("*") and not any(s in wide[:-1] for s in "*?[") and narrow.startswith(wide[:-1])


@lru_cache(maxsize=100_000)
def _pattern_meets(a: model.Pattern, b: model.Pattern) -> bool:
    if any(low <= top and bottom <= high for low, high in a.ranges for bottom, top in b.ranges):
        return True
    if set(a.texts) & set(b.texts):
        return True
    if any(glob_match(glob).match(text) for glob in a.globs for text in b.texts):
        return True
    if any(glob_match(glob).match(text) for glob in b.globs for text in a.texts):
        return True
    return any(globs_meet(one, other) for one in a.globs for other in b.globs)


@lru_cache(maxsize=100_000)
def globs_meet(a: str, b: str) -> bool:
    """Whether some text matches both globs: a walk over pairs of places in the two."""
    first, second = _signs(a), _signs(b)
    waiting, seen = [(0, 0)], set()
    while waiting:
        i, j = waiting.pop()
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if i == len(first) and j == len(second):
            return True
        if i < len(first) and first[i] is None:
            waiting += [(i + 1, j)] + ([(i, j + 1)] if j < len(second) else [])
        if j < len(second) and second[j] is None:
            waiting += [(i, j + 1)] + ([(i + 1, j)] if i < len(first) else [])
        if i < len(first) and j < len(second):
            one, other = first[i], second[j]
            if one is not None and other is not None and (not one or not other or one & other):
                waiting.append((i + 1, j + 1))
    return False


def _signs(glob: str) -> list[frozenset[str] | None]:
    """Per place of a glob: the signs it accepts; an empty set for any sign; None for a star."""
    found: list[frozenset[str] | None] = []
    place = 0
    while place < len(glob):
        sign = glob[place]
        end = glob.find("]", place + 1) if sign == "[" else -1
        if sign == "*":
            found.append(None)
        elif sign == "?" or end >= 0 and glob[place + 1 : place + 2] in ("!", "^"):
            found.append(frozenset())
        elif end >= 0:
            found.append(frozenset(expand(glob[place : end + 1]) or ()))
        else:
            found.append(frozenset(sign))
        place = end + 1 if end >= 0 else place + 1
    return found
