"""The whole plan of a pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from framework.definitions.model import Events, FieldType, Window, ZoneMap
from framework.episodes.clusters import Cluster, clusters
from framework.episodes.watch import Watch
from framework.plan.nodes.group import Group


@dataclass(frozen=True)
class Plan:
    """What every tick does: decode these fields, map these zones, make these groups.

    `columns` are the event fields that anything needs, `dimensions` the fields that zone maps
    set, each with its type; `watches` the rules that judge what the groups give; `notifies`
    tells whether anyone is told of episodes; `digest` names the definitions that the plan was compiled from.
    """

    name: str
    namespace: str
    digest: str
    events: Events
    columns: tuple[str, ...]
    zones: tuple[ZoneMap, ...]
    dimensions: tuple[tuple[str, FieldType], ...]
    groups: tuple[Group, ...]
    watches: tuple[Watch, ...] = ()
    notifies: bool = False

    @property
    def slices(self) -> tuple[int, ...]:
        """The distinct slice sizes, in microseconds."""
        return tuple(sorted({group.slice for group in self.groups}))

    @property
    def windows(self) -> tuple[Window, ...]:
        """The distinct windows."""
        found = {output.window for group in self.groups for output in group.outputs}
        return tuple(sorted(found, key=lambda window: (window.size, window.every)))

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """The rules, those that know of one another together."""
        return clusters(self.watches)

    @property
    def longest(self) -> int:
        """The size of the longest window, in microseconds."""
        return max((group.longest for group in self.groups), default=0)
