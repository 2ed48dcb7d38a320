"""Step 7: the tick's one report, for the driver to commit."""

from __future__ import annotations

from collections.abc import Iterable

import apache_beam as beam
import msgspec

from framework.pipeline.report import Report, combine
from framework.pipeline.tick import Tick
from framework.state.faults import point


class Record(beam.DoFn):
    """All reports of a tick to one object of the store, named by the attempt."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def process(self, element: tuple[int, Iterable[Report]]) -> None:
        point("after_write", self._tick.number)
        report = combine(element[1])
        self._tick.store.put(report_name(self._tick), msgspec.json.encode(report))
        point("after_state", self._tick.number)


def report_name(tick: Tick) -> str:
    """The name of an attempt's report in the store."""
    return f"attempts/{tick.number:010d}-{tick.attempt}.json"


def read_report(tick: Tick) -> Report:
    """The report of an attempt that has run. Raises `KeyError`."""
    return msgspec.json.decode(tick.store.get(report_name(tick)), type=Report)
