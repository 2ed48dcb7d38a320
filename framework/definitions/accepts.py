"""The values that patterns of one field accept, as sets that can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from framework.definitions import globs
from framework.definitions.model import Pattern

_LISTED = 10_000


@dataclass(frozen=True)
class Accepts:
    """A set of values of a field: single texts, globs, and inclusive ranges in order, none touching."""

    texts: frozenset[str]
    globs: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    whole: bool

    @property
    def listed(self) -> bool:
        """Whether `texts` is all of it."""
        return not self.globs and not self.ranges

    def meets(self, other: Accepts) -> bool:
        """Whether some value is in both."""
        if not self.texts.isdisjoint(other.texts):
            return True
        if any(low <= top and bottom <= high for low, high in self.ranges for bottom, top in other.ranges):
            return True
        if any(globs.matcher(glob).match(text) for glob in self.globs for text in other.texts):
            return True
        if any(globs.matcher(glob).match(text) for glob in other.globs for text in self.texts):
            return True
        return any(globs.meet(one, two) for one in self.globs for two in other.globs)

    def covers(self, narrow: Accepts) -> bool:
        """Whether all of `narrow` is in this; False when that can't be told."""
        for low, high in narrow.ranges:
            if not any(bottom <= low and high <= top for bottom, top in self.ranges):
                return False
        for text in narrow.texts - self.texts:
            if not any(globs.matcher(glob).match(text) for glob in self.globs):
                return False
        return all(globs.cover(self.globs, glob) for glob in narrow.globs)


def accepts(pattern: Pattern) -> Accepts:
    """What a pattern accepts; globs that can be listed are."""
    return _accepts(pattern.texts, pattern.globs, pattern.ranges, pattern.type == "int")


def union(sets: Sequence[Accepts]) -> Accepts:
    """What any of some sets of one field accepts."""
    texts = frozenset().union(*(one.texts for one in sets))
    found = tuple(dict.fromkeys(glob for one in sets for glob in one.globs))
    whole = all(one.whole for one in sets)
    return Accepts(texts, found, _merged((part for one in sets for part in one.ranges), whole), whole)


@lru_cache(maxsize=10_000)
def _accepts(
    texts: tuple[str, ...], found: tuple[str, ...], ranges: tuple[tuple[float, float], ...], whole: bool
) -> Accepts:
    listed, kept = set(texts), []
    for glob in found:
        expanded = globs.expand(glob)
        if expanded is None or len(expanded) > _LISTED:
            kept.append(glob)
        else:
            listed.update(expanded)
    return Accepts(frozenset(listed), tuple(kept), _merged(ranges, whole), whole)


def _merged(ranges: Iterable[tuple[float, float]], whole: bool) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    for low, high in sorted(ranges):
        # Between 4 and 5 there is no other whole number: 1-4 and 5-9 are 1-9.
        if found and low <= found[-1][1] + whole:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)
