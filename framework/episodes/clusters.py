"""Which rules must be judged side by side, and which keys can be judged apart from others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from framework.episodes.watch import Watch


@dataclass(frozen=True)
class Cluster:
    """Rules that know of one another. Keys that differ in `fields` never meet; none: all may."""

    watches: tuple[Watch, ...]
    fields: tuple[str, ...]

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of all figures that the rules look at."""
        names = [one.watched.name for one in self.watches]
        names += [part.watched.name for one in self.watches for part in one.parts]
        return tuple(dict.fromkeys(names))


def clusters(watches: Sequence[Watch]) -> tuple[Cluster, ...]:
    """The rules in clusters, in their order."""
    by_name = {one.name: one for one in watches}
    found: list[Cluster] = []
    done: set[str] = set()
    for one in watches:
        if one.name not in done:
            names = _linked(one.name, by_name)
            done |= names
            members = tuple(other for other in watches if other.name in names)
            found.append(Cluster(members, _apart(members)))
    return tuple(found)


def _linked(name: str, watches: dict[str, Watch]) -> set[str]:
    links: dict[str, set[str]] = {one: set() for one in watches}
    for one in watches.values():
        for other in (*one.parents, *one.members):
            if other in links:
                links[one.name].add(other)
                links[other].add(one.name)
    found, waiting = {name}, [name]
    while waiting:
        for other in links[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found


def _apart(watches: Iterable[Watch]) -> tuple[str, ...]:
    members = list(watches)
    parents = {name for one in members for name in one.parents} | {one.name for one in members if one.members}
    found: set[str] | None = None
    for one in members:
        own = set(one.watched.fields)
        # What maps say of a key may change with them; only keys that stand beside others need it.
        said = own | {name for name, _ in one.dimensions}
        allowed = own if one.name in parents or (len(members) == 1 and not one.groups) else said
        for _, fields in one.groups:
            allowed &= set(fields)
        found = allowed if found is None else found & allowed
    return tuple(sorted(found or ()))
