"""`sortline` with ticks that tell hand-made transitions: three episodes, one transition each a tick."""

from __future__ import annotations

import sys

import msgspec

import framework.cli.run
from framework.cli import main
from framework.notify.outbox import put
from framework.notify.transition import Transition
from framework.pipeline.steps.record import read_report, report_name
from framework.pipeline.tick import Tick
from runners.local import LocalExecutor
from tests.notify.made import transition

EPISODES = ("e0", "e1", "e2")


def told(tick: int) -> list[Transition]:
    """What a tick tells."""
    return [transition(episode, tick) for episode in EPISODES]


class Telling(LocalExecutor):
    """Has each tick tell, as its steps would."""

    def execute(self, tick: Tick) -> None:
        super().execute(tick)
        report = read_report(tick)
        report.outbox += put(tick.store, tick.number, tick.attempt, 0, told(tick.number))
        tick.store.put(report_name(tick), msgspec.json.encode(report))


if __name__ == "__main__":
    framework.cli.run.open_executor = lambda name, spark=None: Telling()
    sys.exit(main())
