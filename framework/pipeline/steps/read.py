"""Step 1: ranges to events in columns, with their zones; what is bad or too late is set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import apache_beam as beam
import polars as pl

from framework.pipeline.ahead import ahead
from framework.pipeline.bad import Bad
from framework.pipeline.carried import Carried
from framework.pipeline.deadletters import dead_letters
from framework.pipeline.fill import HOUR
from framework.pipeline.names import MARK, ROW, TIME
from framework.pipeline.report import Report
from framework.pipeline.tick import Tick
from framework.pipeline.watermark import mark, shard_before
from framework.plan import Plan
from framework.sources import Range, RecordBatch
from framework.state.faults import point

DEAD = "dead"
REPORT = "report"
CHUNK = 131_072


class Read(beam.DoFn):
    """Range to `((shard, chunk), events)`, carried; tagged outputs for dead letters and for the report.

    A shard's range is read by one worker in its order, because a record's lateness depends on the
    records before it, and on nothing else: that makes results the same in whatever batches they come.
    """

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def process(self, wanted: Range) -> Iterator[Any]:
        tick, compiled = self._tick, self._tick.compiled
        plan = compiled.plan
        disorder = plan.events.disorder
        before = mark(shard_before(tick.before, wanted.shard, disorder), disorder)
        for chunk, (batch, frame, bad) in enumerate(ahead(self._decoded(wanted))):
            frame = _marked(frame, before, disorder)
            newest = frame.select(pl.col(TIME).max()).item()
            after = before if newest is None else max(before, newest - disorder)
            late = frame.filter(_too_late(plan))
            if late.height:
                bad += _late(batch, late)
                frame = frame.filter(~_too_late(plan))
            if bad:
                shown = _dated(bad, batch, frame, before + disorder, tick.intent.clock)
                part = f"{tick.number:010d}-read-{wanted.shard}-{chunk}"
                yield beam.pvalue.TaggedOutput(DEAD, (part, Carried(dead_letters(shown, plan.name))))
            yield beam.pvalue.TaggedOutput(
                REPORT, _report(plan, wanted.shard, batch, frame, bad, after + disorder)
            )
            if frame.height:
                yield Carried(((wanted.shard, chunk), compiled.zones.attach(frame, TIME).drop(ROW)))
            before = after
        point("after_read", tick.number)

    def _decoded(self, wanted: Range) -> Iterator[tuple[RecordBatch, pl.DataFrame, list[Bad]]]:
        tick = self._tick
        for batch in tick.reader.read(wanted, CHUNK):
            yield batch, *tick.compiled.decoder.decode(batch, tick.intent.clock)


def _marked(frame: pl.DataFrame, before: int, disorder: int) -> pl.DataFrame:
    seen = pl.col(TIME).cum_max().shift(1) - disorder
    return frame.with_columns(pl.max_horizontal(seen, pl.lit(before, dtype=pl.Int64)).alias(MARK))


def _too_late(plan: Plan) -> pl.Expr:
    ends = [pl.col(TIME) - pl.col(TIME) % w.every + w.size for w in plan.windows] or [pl.col(TIME)]
    return pl.max_horizontal(ends) + plan.events.correct_for <= pl.col(MARK)


def _late(batch: RecordBatch, late: pl.DataFrame) -> list[Bad]:
    return [
        Bad(
            "too_late",
            f"{(watermark - time) / 1e6:g} s behind the watermark",
            batch.shard,
            batch.sequences[row],
            batch.payloads[row],
            time,
        )
        for row, time, watermark in late.select(ROW, TIME, MARK).iter_rows()
    ]


def _dated(bad: list[Bad], batch: RecordBatch, frame: pl.DataFrame, seen: int, clock: int) -> list[Bad]:
    """Records without a time of their own get that of the events before them in the shard."""
    if all(one.time >= 0 for one in bad):
        return bad
    place = {sequence: row for row, sequence in enumerate(batch.sequences)}
    rows, latest = frame[ROW], frame[TIME].cum_max()
    dated = []
    for one in bad:
        before = rows.search_sorted(place[one.sequence], side="left")
        newest = max(seen, latest[before - 1] if before else seen)
        dated.append(one if one.time >= 0 else replace(one, time=newest if newest > 0 else clock))
    return dated


def _report(
    plan: Plan, shard: str, batch: RecordBatch, frame: pl.DataFrame, bad: list[Bad], latest: int
) -> Report:
    totals = {"records": len(batch.payloads), "events": frame.height}
    for one in bad:
        totals[f"dead.{one.reason}"] = totals.get(f"dead.{one.reason}", 0) + 1
    report = Report(totals=totals, latest={shard: latest} if latest > 0 else {})
    if not frame.height:
        return report
    time, since = pl.col(TIME), pl.col(MARK) - plan.events.correct_for
    for slice_ in plan.slices:
        start = time - time % slice_
        first, last = frame.select(pl.max_horizontal(start, since).min(), start.max().alias("last")).row(0)
        report.first[str(slice_)], report.last[str(slice_)] = first, last
        begun = frame.select(start.filter(pl.col(MARK) < start + slice_).min()).item()
        if begun is not None:
            report.begun[str(slice_)] = begun
    report.active = frame.select((time - time % HOUR).unique()).to_series().to_list()
    return report
