"""One tick as one bounded Beam pipeline: the same for preview, test, backtest, local run and Spark."""

from __future__ import annotations

from typing import Any

import apache_beam as beam

from framework.pipeline.carried import Carried
from framework.pipeline.steps.aggregate import Aggregate, MergeTables
from framework.pipeline.steps.close import Close, seeds
from framework.pipeline.steps.deduplicate import Deduplicate, SpreadById
from framework.pipeline.steps.evaluate import Evaluate, concerns
from framework.pipeline.steps.read import DEAD, REPORT, Read
from framework.pipeline.steps.record import Record
from framework.pipeline.steps.write import Write
from framework.pipeline.tick import Tick
from framework.pipeline.watched import WATCHED

_Keyed = beam.typehints.Tuple[int, Any]
# Told to Beam wherever frames go, or it would pickle them once more on each edge to learn their size.
_Part = beam.typehints.Tuple[int, Carried]
_Named = beam.typehints.Tuple[str, Carried]


def build(pipeline: beam.Pipeline, tick: Tick) -> None:
    """Add a tick's transforms to a pipeline. Running it writes documents, state files and a report.

    The transforms after `Read` take columns of events and know nothing of where they came from.
    """
    ranges = [wanted for wanted in tick.intent.ranges if wanted.count]
    read = (
        pipeline
        | "Ranges" >> beam.Create(ranges, reshuffle=len(ranges) > 1)
        | "Read" >> beam.ParDo(Read(tick)).with_outputs(DEAD, REPORT, main="events")
    )
    events, reports = _of(read.events, Carried), [read[REPORT]]
    dead = _of(read[DEAD], _Named)
    if tick.compiled.plan.events.id:
        new = (
            events
            | "SpreadById" >> beam.ParDo(SpreadById(tick)).with_output_types(_Part)
            | "MeetById" >> beam.GroupByKey()
            | "Deduplicate" >> beam.ParDo(Deduplicate(tick)).with_outputs(REPORT, main="events")
        )
        events = _of(new.events, Carried)
        reports.append(new[REPORT])
    else:
        events = events | "Events" >> beam.Map(_events).with_output_types(Carried)
    accumulated = events | "Aggregate" >> beam.ParDo(Aggregate(tick)).with_output_types(_Part)
    # Nothing that is worth spreading: the combine does that.
    empty = beam.Create(list(seeds(tick)), reshuffle=False).with_output_types(_Part)
    partitions = pipeline | "Partitions" >> empty
    closed = (
        (accumulated, partitions)
        | "Join" >> beam.Flatten()
        | "Combine" >> beam.CombinePerKey(MergeTables(tick)).with_output_types(_Part)
        | "Close"
        >> beam.ParDo(Close(tick), beam.pvalue.AsList(read[REPORT])).with_outputs(
            REPORT, WATCHED, main="documents"
        )
    )
    documents = [_of(closed.documents, _Named), dead]
    if concerns(tick):
        evaluated = (
            (_of(closed[WATCHED], _Part), partitions)
            | "Rules" >> beam.Flatten()
            | "Meet" >> beam.GroupByKey()
            | "Evaluate"
            >> beam.ParDo(Evaluate(tick), beam.pvalue.AsList(read[REPORT])).with_outputs(
                REPORT, main="documents"
            )
        )
        documents.append(_of(evaluated.documents, _Named))
        reports.append(evaluated[REPORT])
    written = tuple(documents) | "Documents" >> beam.Flatten() | "Write" >> beam.ParDo(Write(tick))
    _ = (
        (*reports, closed[REPORT], written)
        | "Reports" >> beam.Flatten()
        | "Together" >> beam.Map(_one_key).with_output_types(_Keyed)
        | "Gather" >> beam.GroupByKey()
        | "Record" >> beam.ParDo(Record(tick))
    )


def _of(collection: Any, type_: Any) -> Any:
    """A collection whose elements have a type; outputs by name can't be told theirs otherwise."""
    collection.element_type = type_
    return collection


def _events(element: Carried) -> Carried:
    return Carried(element.value[1])


def _one_key(report: Any) -> tuple[int, Any]:
    return 0, report
