"""Step 5: the windows that became known go through the rules; episodes come out as documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import polars as pl

from framework.notify.outbox import put
from framework.notify.transition import Transition
from framework.pipeline.carried import Carried
from framework.pipeline.judged import ClusterTick, Outcome, prefix, removed
from framework.pipeline.names import NO_MARK
from framework.pipeline.report import Report, combine
from framework.pipeline.saving import saved_together
from framework.pipeline.steps.read import REPORT
from framework.pipeline.tick import Tick
from framework.pipeline.watched import Frames
from framework.pipeline.watermark import advance
from framework.pipeline.windows import Clock
from framework.sinks import Documents
from framework.state.faults import point


class Evaluate(beam.DoFn):
    """`(partition, rows of all that rules look at)` of a tick to `(part, Documents)`, and the new state."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def process(self, element: tuple[int, Iterable[Carried]], reports: list[Report]) -> Iterator[Any]:
        partition, tick = element[0], self._tick
        rows = _together(carried.value for carried in element[1])
        report = Report()
        kept: dict[str, pl.DataFrame] = {}
        transitions: list[Transition] = []
        for name, outcome in self._outcomes(partition, rows, combine(reports)):
            kept |= outcome.kept
            transitions += outcome.transitions
            report.tables |= {table: [] for table in outcome.dropped}
            report.totals["episodes.open"] = report.totals.get("episodes.open", 0) + outcome.more
            if outcome.documents.height:
                yield f"{tick.number:010d}-{partition}-{name}", Carried(Documents("alert", outcome.documents))
                written = report.totals.get("episodes.written", 0)
                report.totals["episodes.written"] = written + outcome.documents.height
        for one in transitions:
            total = f"episodes.{one.transition}"
            report.totals[total] = report.totals.get(total, 0) + 1
        if tick.compiled.plan.notifies:
            told = [one for one in transitions if one.rule not in _shadows(tick)]
            report.outbox += put(tick.store, tick.number, tick.attempt, partition, told)
        point("after_evaluate", tick.number)
        saved = saved_together(tick, prefix(partition), tick.file(partition, "rules"), kept)
        report.tables |= {name: [segment] for name, segment in saved.items()}
        yield beam.pvalue.TaggedOutput(REPORT, report)

    def _outcomes(
        self, partition: int, rows: dict[str, dict[str, pl.DataFrame]], read: Report
    ) -> Iterator[tuple[str, Outcome]]:
        tick = self._tick
        plan = tick.compiled.plan
        _, watermark = advance(tick.before, tick.intent, read.latest, plan.events.disorder)
        before = tick.before.watermark
        clock = Clock(NO_MARK if before is None else before, NO_MARK if watermark is None else watermark)
        for place, cluster in enumerate(plan.clusters):
            work = ClusterTick(tick, cluster, partition, clock, read, rows.get(str(place), {}))
            if not work.idle:
                yield f"rules-{place}", work.run()
        yield "rules-removed", removed(tick, partition)


def concerns(tick: Tick) -> bool:
    """Whether a tick has rules to evaluate, or to let go of."""
    stored = any(name.startswith("rules/") for name in tick.before.tables)
    return bool(tick.compiled.plan.watches) or stored


def _shadows(tick: Tick) -> set[str]:
    return {watch.name for watch in tick.compiled.plan.watches if watch.rule.mode == "shadow"}


def _together(parts: Iterable[Frames]) -> dict[str, dict[str, pl.DataFrame]]:
    """The rows of all partitions of the KPIs, by cluster and name."""
    found: dict[str, dict[str, list[pl.DataFrame]]] = {}
    for part in parts:
        for cluster, by_name in part.items():
            for name, rows in by_name.items():
                found.setdefault(cluster, {}).setdefault(name, []).append(rows)
    return {c: {name: pl.concat(rows) for name, rows in by_name.items()} for c, by_name in found.items()}
