"""Step 4: accumulators meet the state; windows close; documents come out; the state is written anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import polars as pl

from framework.definitions.model import Window
from framework.expressions import Measure
from framework.pipeline.accumulate import WIDE, Tables, fitted, merge, sketchless
from framework.pipeline.carried import Carried
from framework.pipeline.fill import Span, known, roster, silent, silent_in_time, span_of
from framework.pipeline.names import AT, NEW, NO_MARK, SLICE, START
from framework.pipeline.partition import partitions_of
from framework.pipeline.report import Report, combine
from framework.pipeline.saving import saved_together
from framework.pipeline.steps.read import REPORT
from framework.pipeline.tick import Tick
from framework.pipeline.values import documents, empty_values, nothing_seen
from framework.pipeline.versions import figures, versions
from framework.pipeline.watched import WATCHED, by_rules, name_of
from framework.pipeline.watermark import advance, since
from framework.pipeline.windows import Clock, present, windowed
from framework.plan import Group, Output
from framework.state import Segment
from framework.state.tables import load

ROSTER = "roster"


class Close(beam.DoFn):
    """`(partition, {group: tables})` of a tick, merged with the state, to `(part, Documents)`."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def process(self, element: tuple[int, Carried], reports: list[Report]) -> Iterator[Any]:
        partition, fresh = element[0], element[1].value
        tick, plan = self._tick, self._tick.compiled.plan
        read = combine(reports)
        _, watermark = advance(tick.before, tick.intent, read.latest, plan.events.disorder)
        before = tick.before.watermark
        clock = Clock(NO_MARK if before is None else before, NO_MARK if watermark is None else watermark)
        report = Report()
        whole = since(tick.before, plan)
        # All at once: in a store far away each request waits for the network.
        load(tick.store, _state(tick, partition))
        kept: Tables = {}
        watched: dict[str, pl.DataFrame] = {}
        for group in plan.groups:
            span = span_of(tick.before, tick.intent, read, group.slice)
            work = _GroupTick(tick, group, partition, clock, span, whole)
            tables = work.merged(fresh.get(group.id))
            if tables is None:
                continue
            for name, rows in work.watched(tables):
                watched[name] = rows
            for place, (output, rows) in enumerate(work.outputs(tables)):
                if rows.height:
                    part = f"{tick.number:010d}-{partition}-{group.id}-{place}"
                    yield (
                        part,
                        Carried(documents(plan, group, output, rows, tick.compiled.zones, clock.after)),
                    )
                    _count(report, output, rows, clock)
            new = work.kept(tables)
            kept |= {f"{partition}/{group.id}/{name}": table for name, table in new.items()}
        for place, frames in by_rules(plan, watched, tick.partitions):
            yield beam.pvalue.TaggedOutput(WATCHED, (place, Carried(frames)))
        saved = saved_together(tick, f"{partition}/", tick.file(partition, "tables"), kept)
        report.tables = {name: [segment] for name, segment in saved.items()}
        yield beam.pvalue.TaggedOutput(REPORT, report)


class _GroupTick:
    """One group of one partition in one tick."""

    def __init__(
        self, tick: Tick, group: Group, partition: int, clock: Clock, span: Span | None, whole: dict[str, int]
    ) -> None:
        self._tick, self._group, self._partition = tick, group, partition
        self._clock, self._span = clock, span
        self._correct_for = tick.compiled.plan.events.correct_for
        self._whole = whole
        names = {name for cluster in tick.compiled.plan.clusters for name in cluster.watched}
        self._watched = [output for output in group.outputs if name_of(output) in names]
        self._step = max((output.window.every for output in self._watched), default=0)
        self._touched = False
        self._seen: pl.DataFrame | None = None
        self._keys: pl.DataFrame | None = None

    def merged(self, fresh: Tables | None) -> Tables | None:
        """The state's tables with this tick's; None when there is neither, and no silent key to look for."""
        held = self._held()
        self._touched = fresh is not None and fresh[WIDE].height > 0
        parts = [_flagged(held, False)] if held else []
        if fresh is not None:
            parts.append(_flagged(fresh, True))
            self._seen = self._roster(fresh[WIDE])
        elif held:
            self._seen = self._roster(held[WIDE].clear())
        elif self._span and self._group.is_level and self._group.fields:
            # Keys that zone maps list may belong to a partition that no event has reached.
            nothing = self._tick.compiled.nothing(self._group)
            parts.append(_flagged(nothing, False))
            self._seen = self._roster(nothing[WIDE])
        if not parts:
            return None
        self._keys = self._known()
        return merge(self._group, parts, [NEW])

    def outputs(self, tables: Tables) -> Iterator[tuple[Output, pl.DataFrame]]:
        """Each output with the rows to write of it."""
        by_window: dict[Window, list[Output]] = {}
        for output in self._group.outputs:
            by_window.setdefault(output.window, []).append(output)
        for window, members in by_window.items():
            measures = tuple(dict.fromkeys(m for output in members for m in output.measures))
            rows = windowed(
                self._group,
                window,
                measures,
                tables,
                self._clock,
                self._correct_for,
                self._tick.intent.provisional,
            )
            empty = self._silent(window, measures, tables, rows)
            for output in members:
                whole = pl.concat([rows, empty]) if output.is_level and empty is not None else rows
                yield output, whole.filter(pl.col(START) >= self._since(output))

    def watched(self, tables: Tables) -> Iterator[tuple[str, pl.DataFrame]]:
        """What rules are to see of the outputs that they look at, by name."""
        zones = self._tick.compiled.zones
        for output in self._watched:
            every = output.window.every
            if self._clock.before // every == self._clock.after // every:
                continue  # no moment at which a rule looks has passed
            rows, timely = versions(
                self._group, output.window, output.measures, tables, self._clock, self._correct_for
            )
            if output.is_level and self._keys is not None and self._span is not None:
                missing = silent_in_time(
                    self._group, output.window, self._keys, self._span, self._clock, timely
                ).with_columns((pl.col(START) + output.window.size).alias(AT))
                rows = pl.concat([rows, nothing_seen(output.measures, missing, rows)])
            rows = rows.filter(pl.col(START) >= self._since(output))
            yield name_of(output), figures(self._group, output, rows, zones)

    def kept(self, tables: Tables) -> Tables:
        """The new state: what may still be corrected or closed. Untouched tables stay as they are."""
        after = self._clock.after
        # Rules learn of a correction a step of the windows after it came, at the latest.
        horizon = after - self._correct_for - self._group.longest - self._step
        kept = {name: table.filter(pl.col(SLICE) > horizon) for name, table in tables.items()}
        if not self._touched and all(kept[name].height == tables[name].height for name in tables):
            return {}
        kept[WIDE] = kept[WIDE].drop(NEW)
        if self._seen is not None:
            kept[ROSTER] = self._seen.drop("@before")
        return kept

    def _since(self, output: Output) -> int:
        names = [f"{self._group.id}/{measure.id}" for measure in output.measures]
        return max((self._whole[name] for name in names), default=0)

    def _held(self) -> Tables | None:
        wide = self._table(WIDE)
        if wide is None:
            return None
        tables = {WIDE: fitted(self._group, wide)}
        for measure in self._group.long:
            table = self._table(measure.id)
            tables[measure.id] = sketchless(self._group, measure, wide) if table is None else table
        return tables

    def _table(self, name: str) -> pl.DataFrame | None:
        segments = self._tick.before.tables.get(self._name(name))
        return pl.concat(load(self._tick.store, segments)) if segments else None

    def _roster(self, touched: pl.DataFrame) -> pl.DataFrame | None:
        if not self._group.is_level or not self._group.fields:
            return None
        return roster(self._group, self._table(ROSTER), touched, self._correct_for)

    def _known(self) -> pl.DataFrame | None:
        """The keys of this partition that zone maps know; None where silent keys get no rows."""
        zones = self._tick.compiled.zones
        if self._seen is None or self._span is None or not zones.starts:
            return None
        keys = known(self._group, zones, self._seen, self._span, self._clock)
        if self._tick.partitions == 1:
            return keys
        place = partitions_of(keys, self._group.fields, self._tick.partitions)
        return keys.filter(place == self._partition)

    def _silent(
        self,
        window: Window,
        measures: tuple[Measure, ...],
        tables: Tables,
        rows: pl.DataFrame,
    ) -> pl.DataFrame | None:
        if self._keys is None or self._span is None:
            return None
        held = present(self._group, window, tables[WIDE], self._correct_for)
        missing = silent(self._group, window, self._keys, self._span, self._clock, held)
        return empty_values(self._group, measures, missing, rows)

    def _name(self, table: str) -> str:
        return f"{self._partition}/{self._group.id}/{table}"


def _state(tick: Tick, partition: int) -> Iterator[Segment]:
    """The state files of a partition's groups."""
    wanted = tuple(f"{partition}/{group.id}/" for group in tick.compiled.plan.groups)
    for name, segments in tick.before.tables.items():
        if name.startswith(wanted):
            yield from segments


def _flagged(tables: Tables, new: bool) -> Tables:
    return {**tables, WIDE: tables[WIDE].with_columns(pl.lit(new).alias(NEW))}


def _count(report: Report, output: Output, rows: pl.DataFrame, clock: Clock) -> None:
    totals = report.totals
    totals["documents"] = totals.get("documents", 0) + rows.height
    end = pl.col(START) + output.window.size
    final, corrected = rows.select((end <= clock.after).sum(), (end <= clock.before).sum().alias("c")).row(0)
    totals["windows.final"] = totals.get("windows.final", 0) + final - corrected
    totals["windows.corrected"] = totals.get("windows.corrected", 0) + corrected


def seeds(tick: Tick) -> Iterable[tuple[int, Carried]]:
    """An empty element for every partition, so that each closes its windows in every tick."""
    return [(partition, Carried({})) for partition in range(tick.partitions)]
