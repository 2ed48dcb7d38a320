"""Step 6: documents to the sink; what it refuses becomes a dead letter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from framework.pipeline.carried import Carried
from framework.pipeline.deadletters import refusals
from framework.pipeline.report import Report
from framework.pipeline.tick import Tick
from framework.sinks import SinkUnavailable
from framework.state.faults import point


class Write(beam.DoFn):
    """`(part, Documents)` to a report of what was written.

    A part's name is the same in a replay of the tick, so that a sink can replace what it wrote before.
    """

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def process(self, element: tuple[str, Carried]) -> Iterator[Any]:
        part, documents = element[0], element[1].value
        tick, version = self._tick, self._tick.intent.version
        point("before_write", tick.number)
        refused = tick.sink.write(documents, version=version, part=part)
        point("amid_write", tick.number)
        if refused:
            letters = refusals(refused, tick.compiled.plan.name, tick.intent.clock)
            again = tick.sink.write(letters, version=version, part=f"{part}-refused")
            if again:
                raise SinkUnavailable(f"the sink refuses even the dead letters: {again[0].reason}")
        yield Report(totals={"dead.refused": len(refused)} if refused else {})
