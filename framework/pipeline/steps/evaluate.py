"""Step 5: the windows that became known go through the rules; episodes come out as documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import apache_beam as beam
import msgspec
import numpy as np
import polars as pl

from framework.episodes.clusters import Cluster
from framework.episodes.documents import documents
from framework.episodes.feed import Feed
from framework.episodes.fold import Fold
from framework.episodes.frames import frames, remembered
from framework.episodes.memory import Memory
from framework.episodes.watch import Watch, Watched
from framework.notify.outbox import put
from framework.notify.transition import Transition
from framework.pipeline.accumulate import WIDE
from framework.pipeline.carried import Carried
from framework.pipeline.fill import ends, span_of
from framework.pipeline.names import NO_MARK
from framework.pipeline.report import Report, combine
from framework.pipeline.saving import saved_together
from framework.pipeline.steps.read import REPORT
from framework.pipeline.tick import Tick
from framework.pipeline.versions import figures, keys_of, versions
from framework.pipeline.watched import Frames, name_of
from framework.pipeline.watermark import advance
from framework.pipeline.windows import Clock
from framework.plan import Group, Output
from framework.sinks import Documents
from framework.state.faults import point
from framework.state.tables import load

_SCHEMA = {"id": pl.String, "time": pl.Int64, "source": pl.String}


class Evaluate(beam.DoFn):
    """`(partition, rows of all that rules look at)` of a tick to `(part, Documents)`, and the new state."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def process(self, element: tuple[int, Iterable[Carried]], reports: list[Report]) -> Iterator[Any]:
        partition, tick = element[0], self._tick
        plan = tick.compiled.plan
        read = combine(reports)
        _, watermark = advance(tick.before, tick.intent, read.latest, plan.events.disorder)
        before = tick.before.watermark
        clock = Clock(NO_MARK if before is None else before, NO_MARK if watermark is None else watermark)
        rows = _together(carried.value for carried in element[1])
        report = Report()
        kept: dict[str, pl.DataFrame] = {}
        for place, cluster in enumerate(plan.clusters):
            work = _ClusterTick(tick, cluster, partition, clock, read, rows.get(str(place), {}))
            if work.idle:
                continue
            found, transitions = work.run()
            kept |= work.kept()
            if found.height:
                name = f"{tick.number:010d}-{partition}-rules-{place}"
                yield name, Carried(Documents("alert", found))
                report.totals["episodes.written"] = report.totals.get("episodes.written", 0) + found.height
            for one in transitions:
                total = f"episodes.{one.transition}"
                report.totals[total] = report.totals.get(total, 0) + 1
            if plan.notifies:
                report.outbox += put(tick.store, tick.number, tick.attempt, partition, transitions)
        point("after_evaluate", tick.number)
        saved = saved_together(tick, _prefix(partition), tick.file(partition, "rules"), kept)
        report.tables = {name: [segment] for name, segment in saved.items()}
        yield beam.pvalue.TaggedOutput(REPORT, report)


class _ClusterTick:
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
        self._memories: list[Memory] = []

    @property
    def idle(self) -> bool:
        """Whether nothing became known."""
        return not self._rows and not any(len(due) for due in self._ends.values())

    def run(self) -> tuple[pl.DataFrame, list[Transition]]:
        """The episodes' documents as they stand after the tick, and what happened on the way."""
        self._memories = [self._remembered(watch) for watch in self._cluster.watches]
        watches = {one.name: one for one in self._cluster.watches}
        feeds = {name: self._feed(name) for name in self._cluster.watched}
        latest: dict[str, tuple[int, str]] = {}
        transitions = []
        name = self._tick.compiled.plan.name
        for snapshot in Fold(self._memories, feeds).run():
            watch = watches[snapshot.rule]
            for identity, time, document in documents(watch, name, snapshot):
                source = msgspec.json.encode(document).decode()
                latest[identity] = time, source
                if snapshot.notifies and watch.rule.mode != "shadow":
                    transitions.append(
                        Transition(
                            id=identity,
                            transition=snapshot.change,
                            number=snapshot.number,
                            at=snapshot.at,
                            severity=document["rule"]["severity"],
                            was=watch.rule.fire.severity if snapshot.change == "escalated" else "",
                            rule=watch.name,
                            message=document["message"],
                            document=source,
                        )
                    )
        frame = pl.DataFrame(
            [(identity, *rest) for identity, rest in sorted(latest.items())], schema=_SCHEMA, orient="row"
        )
        return frame, transitions

    def kept(self) -> dict[str, pl.DataFrame]:
        """The memories, to be stored."""
        return {
            f"{self._place(memory.watch)}{name}": frame
            for memory in self._memories
            if len(memory)
            for name, frame in frames(memory).items()
        }

    def _remembered(self, watch: Watch) -> Memory:
        group, _ = self._outputs[watch.watched.name]
        nothing = self._tick.compiled.nothing(group)[WIDE]
        place = self._place(watch)
        return remembered(
            watch, keys_of(group, nothing, self._tick.compiled.zones), lambda n: self._read_table(place, n)
        )

    def _read_table(self, place: str, name: str) -> pl.DataFrame | None:
        segments = self._tick.before.tables.get(f"{place}{name}")
        return pl.concat(load(self._tick.store, segments)) if segments else None

    def _place(self, watch: Watch) -> str:
        return f"{_prefix(self._partition)}{watch.id}/"

    def _due(self, watched: Watched) -> np.ndarray[Any, Any]:
        group, _ = self._outputs[watched.name]
        span = span_of(self._tick.before, self._tick.intent, self._read, group.slice)
        return np.array([], dtype=np.int64) if span is None else ends(watched.window, span, self._clock)

    def _feed(self, name: str) -> Feed:
        rows = self._rows.get(name)
        if rows is None:
            rows = self._no_rows(*self._outputs[name])
        return Feed(rows, self._ends.get(name, np.array([], dtype=np.int64)))

    def _no_rows(self, group: Group, output: Output) -> pl.DataFrame:
        tables = self._tick.compiled.nothing(group)
        found, _ = versions(group, output.window, output.measures, tables, self._clock, 0)
        return figures(group, output, found, self._tick.compiled.zones)


def _together(parts: Iterable[Frames]) -> dict[str, dict[str, pl.DataFrame]]:
    """The rows of all partitions of the KPIs, by cluster and name."""
    found: dict[str, dict[str, list[pl.DataFrame]]] = {}
    for part in parts:
        for cluster, by_name in part.items():
            for name, rows in by_name.items():
                found.setdefault(cluster, {}).setdefault(name, []).append(rows)
    return {c: {name: pl.concat(rows) for name, rows in by_name.items()} for c, by_name in found.items()}


def _prefix(partition: int) -> str:
    return f"rules/{partition}/"
