"""A run of definitions over a source that ends, with what it would have written held in memory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from framework.definitions import Definitions
from framework.plan import Plan
from framework.sinks.base import Documents, Refused
from framework.sources import Source
from framework.state import Checkpoint, FolderStore
from runners.driver import Driver, Status
from runners.local import LocalExecutor

Document = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """What a run over all events came to: its alerts by `fired` and `_id`, and its totals.

    `modes` has the mode of each rule by its name.
    """

    alerts: tuple[Document, ...]
    totals: dict[str, int]
    modes: Mapping[str, str]


class _Held:
    """A sink that keeps the newest version of every alert, and nothing else."""

    provisional = False

    def __init__(self) -> None:
        self._alerts: dict[str, tuple[int, str]] = {}

    def setup(self, definitions: Definitions, *, fresh: bool) -> None:
        """Nothing to prepare."""

    def write(self, documents: Documents, *, version: int, part: str) -> list[Refused]:
        """Keep alerts."""
        if documents.kind == "alert":
            for identity, _, source in documents.frame.iter_rows():
                if version >= self._alerts.get(identity, (0, ""))[0]:
                    self._alerts[identity] = version, source
        return []

    def finish(self) -> None:
        """Nothing to round off."""

    def alerts(self) -> tuple[Document, ...]:
        """The alerts, each with its `_id`."""
        found = [{"_id": name, **json.loads(source)} for name, (_, source) in self._alerts.items()]
        return tuple(sorted(found, key=lambda one: (one["alert"]["fired"], one["_id"])))


def trial(
    plan: Plan, source: Source, *, batch_records: int, on_tick: Callable[[Status], None] = lambda status: None
) -> Trial:
    """Run a plan over all of a finite source, with the pipeline of a live run.

    Raises `TickFailed` and `SourceError`.
    """
    sink = _Held()
    with (
        tempfile.TemporaryDirectory(prefix="sortline-") as folder,
        closing(LocalExecutor()) as executor,
        closing(Checkpoint(FolderStore(folder, durable=False), plan.name, executor.partitions)) as checkpoint,
    ):
        driver = Driver(
            plan=plan,
            source=source,
            sink=sink,
            checkpoint=checkpoint,
            executor=executor,
            until="end",
            batch_records=batch_records,
            on_tick=on_tick,
        )
        commit = driver.run()
    modes = {watch.name: watch.rule.mode for watch in plan.watches}
    return Trial(sink.alerts(), dict(commit.totals), modes)
