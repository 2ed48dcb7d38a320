"""The rules of one cluster over one partition's keys in one tick, with their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import polars as pl

from framework.detectors.base import Bools
from framework.episodes.clusters import Cluster
from framework.episodes.documents import documents, ended
from framework.episodes.feed import Feed
from framework.episodes.fold import CHANGES, Fold, Snapshot
from framework.episodes.frames import frames, remembered
from framework.episodes.memory import Memory
from framework.episodes.watch import Watch, Watched
from framework.notify.transition import Transition
from framework.pipeline.accumulate import WIDE
from framework.pipeline.fill import ends, span_of
from framework.pipeline.partition import partitions_of
from framework.pipeline.report import Report
from framework.pipeline.tick import Tick
from framework.pipeline.values import SAID, described
from framework.pipeline.versions import figures, keys_of, versions
from framework.pipeline.watched import name_of
from framework.pipeline.watermark import END, since
from framework.pipeline.windows import Clock
from framework.plan import Group, Output
from framework.plan.zone_index import EPOCH
from framework.state.tables import load

_SCHEMA = {"id": pl.String, "time": pl.Int64, "source": pl.String}
_OPEN = "open"  # the table of a rule's open episodes, as their documents


@dataclass(frozen=True)
class Outcome:
    """The documents of a tick's episodes as they stand after it, what happened on the way, and the new state.

    `dropped` are the tables that are no more; `more` is by how many the open episodes became more.
    """

    documents: pl.DataFrame
    transitions: list[Transition] = field(default_factory=list)
    kept: dict[str, pl.DataFrame] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    more: int = 0


class ClusterTick:
    """The rules of one cluster over one partition's keys in one tick."""

    def __init__(
        self,
        tick: Tick,
        cluster: Cluster,
        partition: int,
        clock: Clock,
        read: Report,
        rows: Mapping[str, pl.DataFrame],
    ) -> None:
        self._tick, self._cluster, self._partition = tick, cluster, partition
        self._clock, self._read, self._rows = clock, read, rows
        groups = tick.compiled.plan.groups
        self._outputs = {name_of(output): (group, output) for group in groups for output in group.outputs}
        self._ends = {one.watched.name: self._due(one.watched) for one in cluster.watches}

    @property
    def idle(self) -> bool:
        """Whether nothing became known."""
        return not self._rows and not any(len(due) for due in self._ends.values())

    def run(self) -> Outcome:
        """Judge what became known."""
        memories = [self._remembered(watch) for watch in self._cluster.watches]
        watches = {one.name: one for one in self._cluster.watches}
        feeds = {name: self._feed(name) for name in self._cluster.watched}
        latest: dict[str, tuple[int, str]] = {}
        still: dict[str, list[str]] = {name: [] for name in watches}
        transitions = []
        for snapshot in Fold(memories, feeds).run():
            watch = watches[snapshot.rule]
            for identity, time, document in documents(watch, self._tick.compiled.plan.name, snapshot):
                source = msgspec.json.encode(document).decode()
                latest[identity] = time, source
                if snapshot.change == "goes_on":
                    still[watch.name].append(identity)
                if snapshot.notifies:
                    transitions.append(_transition(watch, snapshot, identity, document, source))
        rows = [(identity, *rest) for identity, rest in sorted(latest.items())]
        found = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
        kept: dict[str, pl.DataFrame] = {}
        more = 0
        for memory in memories:
            if len(memory):
                place = self._place(memory.watch)
                kept |= {f"{place}{name}": frame for name, frame in frames(memory).items()}
                kept[f"{place}{_OPEN}"] = found.filter(pl.col("id").is_in(still[memory.watch.name]))
                more += len(still[memory.watch.name]) - _open_before(self._tick, f"{place}{_OPEN}")
        return Outcome(found, transitions, kept, more=more)

    def _remembered(self, watch: Watch) -> Memory:
        group, _ = self._outputs[watch.watched.name]
        nothing = self._tick.compiled.nothing(group)[WIDE]
        keys = keys_of(group, nothing, self._tick.compiled.zones)
        place = self._place(watch)
        apart = tuple(name for name in self._cluster.fields if name not in group.fields)
        memory = remembered(watch, keys, lambda name: _read(self._tick, f"{place}{name}"), apart)
        memory.here = self._here(group, apart)
        return memory

    def _here(self, group: Group, apart: tuple[str, ...]) -> Callable[[pl.DataFrame, int], Bools] | None:
        """Which keys belong to this partition: what zone maps say of one changes, and so does the cluster."""
        tick, zones = self._tick, self._tick.compiled.zones
        if tick.partitions == 1 and not apart:
            return None
        found: dict[tuple[int, int], Bools] = {}

        def here(keys: pl.DataFrame, start: int) -> Bools:
            at = zones.epoch(start), keys.height
            if at not in found:
                mine = partitions_of(keys, self._cluster.fields, tick.partitions) == self._partition
                told = keys.select(pl.lit(at[0], pl.Int32).alias(EPOCH), *group.fields)
                said = described(group, told, zones)
                for name in apart:
                    mine &= said[f"{SAID}{name}"].eq_missing(keys[name])
                found[at] = mine.to_numpy()
            return found[at]

        return here

    def _place(self, watch: Watch) -> str:
        return f"{prefix(self._partition)}{watch.id}/"

    def _due(self, watched: Watched) -> np.ndarray[Any, Any]:
        group, output = self._outputs[watched.name]
        span = span_of(self._tick.before, self._tick.intent, self._read, group.slice)
        if span is None:
            return np.array([], dtype=np.int64)
        whole = since(self._tick.before, self._tick.compiled.plan)
        begins = max((whole[f"{group.id}/{measure.id}"] for measure in output.measures), default=0)
        due = ends(watched.window, span, self._clock)
        # A window that began before a KPI was counted so is no silence of its keys.
        return due[due - watched.window.size >= begins]

    def _feed(self, name: str) -> Feed:
        rows = self._rows.get(name)
        if rows is None:
            rows = self._no_rows(*self._outputs[name])
        return Feed(rows, self._ends.get(name, np.array([], dtype=np.int64)))

    def _no_rows(self, group: Group, output: Output) -> pl.DataFrame:
        tables = self._tick.compiled.nothing(group)
        found, _ = versions(group, output.window, output.measures, tables, self._clock, 0)
        return figures(group, output, found, self._tick.compiled.zones)


def removed(tick: Tick, partition: int) -> Outcome:
    """The end of the episodes whose rules are no more, and of what those remembered."""
    place = prefix(partition)
    live = {watch.id for watch in tick.compiled.plan.watches}
    gone = [
        name
        for name in tick.before.tables
        if name.startswith(place) and name.removeprefix(place).rpartition("/")[0] not in live
    ]
    rows: list[tuple[str, int, str]] = []
    transitions = []
    for name in gone:
        if name.endswith(f"/{_OPEN}"):
            table = _read(tick, name)
            for identity, time, source in [] if table is None else table.iter_rows():
                document, at = ended(source, "the rule was removed")
                rows.append((identity, time, msgspec.json.encode(document).decode()))
                transitions.append(
                    Transition(
                        id=identity,
                        transition="resolved",
                        number=max(at, _last(tick)) + 2 * len(CHANGES),
                        at=at,
                        severity=document["rule"]["severity"],
                        rule=document["rule"]["name"],
                        message=document["message"],
                        document=rows[-1][2],
                    )
                )
    found = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return Outcome(found, transitions, dropped=gone, more=-found.height)


def _last(tick: Tick) -> int:
    """The latest moment of which an episode may have been told."""
    watermark = tick.before.watermark
    return 0 if watermark is None or watermark >= END else watermark


def prefix(partition: int) -> str:
    """With what the names of a partition's tables of rules begin."""
    return f"rules/{partition}/"


def _open_before(tick: Tick, name: str) -> int:
    return sum(segment.rows for segment in tick.before.tables.get(name, ()))


def _read(tick: Tick, name: str) -> pl.DataFrame | None:
    segments = tick.before.tables.get(name)
    return pl.concat(load(tick.store, segments)) if segments else None


def _transition(
    watch: Watch, snapshot: Snapshot, identity: str, document: Mapping[str, Any], source: str
) -> Transition:
    return Transition(
        id=identity,
        transition=snapshot.change,  # type: ignore[arg-type]
        number=snapshot.number,
        at=snapshot.at,
        severity=document["rule"]["severity"],
        was=watch.rule.fire.severity if snapshot.change == "escalated" else "",
        rule=watch.name,
        message=document["message"],
        document=source,
    )
