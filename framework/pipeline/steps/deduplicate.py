"""Step 2: an event that was counted before is not counted again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import polars as pl

from framework.pipeline.carried import Carried
from framework.pipeline.dedupe import first_of_each
from framework.pipeline.names import ID, TIME
from framework.pipeline.partition import split
from framework.pipeline.report import Report
from framework.pipeline.steps.read import REPORT
from framework.pipeline.tick import Tick
from framework.state import Segment
from framework.state.tables import load, save

_MERGED = 8


class SpreadById(beam.DoFn):
    """`(order, events)` to `(partition, (order, events))`, so that equal ids meet."""

    def __init__(self, tick: Tick) -> None:
        self._partitions = tick.partitions

    def process(self, element: Carried) -> Iterator[Any]:
        order, frame = element.value
        for partition, part in split(frame, (ID,), self._partitions):
            yield partition, Carried((order, part))


class Deduplicate(beam.DoFn):
    """All events of a partition to those that are new; remembers their ids in the state."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def process(self, element: tuple[int, Iterable[Carried]]) -> Iterator[Any]:
        partition, arrived = element
        tick, events = self._tick, self._tick.compiled.plan.events
        parts = [frame for _, frame in sorted((one.value for one in arrived), key=lambda one: one[0])]
        frame = pl.concat(parts)
        name = f"{partition}/ids"
        live = self._live(tick.before.tables.get(name, ()))
        near = [s for s in live if s.high + events.dedupe > int(frame[TIME].min())]
        counted = pl.concat(load(tick.store, near)) if near else None
        new, ids = first_of_each(frame, counted, events.dedupe)
        segments = self._remembered(partition, live, ids)
        report = Report(tables={name: segments}, totals={"duplicates": frame.height - new.height})
        yield beam.pvalue.TaggedOutput(REPORT, report)
        if new.height:
            yield Carried(new.drop(ID))

    def _live(self, segments: Iterable[Segment]) -> list[Segment]:
        before, plan = self._tick.before.watermark, self._tick.compiled.plan
        reach = plan.events.dedupe + plan.longest + plan.events.correct_for
        return [segment for segment in segments if before is None or segment.high + reach > before]

    def _remembered(self, partition: int, live: list[Segment], ids: pl.DataFrame) -> list[Segment]:
        tick = self._tick
        frames, kept = [ids], list(live)
        # Small segments join the new one, so that a reader never opens many: as in a log-structured tree.
        while kept and (len(kept) >= _MERGED or kept[-1].rows <= sum(f.height for f in frames)):
            frames = load(tick.store, [kept.pop()]) + frames
        whole = pl.concat(frames)
        if not whole.height:
            return kept
        high = int(whole[TIME].max())  # type: ignore[arg-type]
        return [*kept, save(tick.store, tick.file(partition, "ids"), whole, high)]
