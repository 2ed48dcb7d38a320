"""What every step of a tick needs to know, small enough to send to any worker."""

from __future__ import annotations

import pickle
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from framework.pipeline.accumulate import Tables, accumulate
from framework.pipeline.decode import Decoder
from framework.pipeline.names import MARK, TIME
from framework.plan import Group, Plan
from framework.plan.zone_index import ZoneIndex
from framework.sinks import Sink
from framework.sources import Reader, RecordBatch
from framework.state import Checkpoint, Commit, Intent, ObjectStore
from framework.state.tables import forget


class Compiled:
    """A plan with what a worker builds from it once: the decoder and the index of the zone maps."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def decoder(self) -> Decoder:
        """The decoder of the plan's events."""
        return Decoder(self.plan.events, self.plan.columns)

    @cached_property
    def zones(self) -> ZoneIndex:
        """The index of the plan's zone maps."""
        plan = self.plan
        return ZoneIndex(
            plan.zones, dict(plan.dimensions), {one.name: one.type for one in plan.events.fields}
        )

    def nothing(self, group: Group) -> Tables:
        """The tables of a group before any event."""
        frame, _ = self.decoder.decode(RecordBatch("", [], [], None), 0)
        return accumulate(group, self.zones.attach(frame.with_columns(pl.col(TIME).alias(MARK)), TIME))


_lock = threading.Lock()
_KEPT = 4  # plans, and ticks, that a process remembers
_compiled: OrderedDict[str, Compiled] = OrderedDict()
_ticks: OrderedDict[str, Tick] = OrderedDict()


def publish(plan: Plan, store: ObjectStore) -> None:
    """Make a plan known to this process, and to any worker that opens the store."""
    _compiled[plan.digest] = Compiled(plan)
    store.put(_name(plan.digest), pickle.dumps(plan))


@dataclass(frozen=True)
class Tick:
    """One tick: the intent to execute, what stood before it, and the places it reads and writes.

    Pickled, it is a name and an address: a worker reads the intent and the commit from the store, once
    for all steps, since the commit grows with the state.
    """

    intent: Intent
    before: Commit
    store: ObjectStore
    attempt: str
    partitions: int
    reader: Reader
    sink: Sink

    @property
    def compiled(self) -> Compiled:
        """The plan that the intent was written under, from this process or from the store."""
        digest = self.intent.definitions
        if digest not in _compiled:
            _keep(_compiled, digest, Compiled(pickle.loads(self.store.get(_name(digest)))))
        return _compiled[digest]

    @property
    def number(self) -> int:
        """The tick's number."""
        return self.intent.number

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        _begin(self)
        place = (self.store, self.attempt, self.partitions, self.reader, self.sink)
        return _opened, (self.number, *place)

    def file(self, partition: int, table: str) -> str:
        """A new name for a state file, of one table or of many.

        Whoever executes ticks may try a step twice, and rows come in any order: a second writing under
        the same name would not have its segments where the first had them.
        """
        return f"state/{self.number:010d}-{self.attempt}/{partition}-{table}-{Checkpoint.new_attempt()}.arrow"


def _opened(number: int, store: ObjectStore, attempt: str, *place: Any) -> Tick:
    tick = _ticks.get(attempt)
    if tick is None:
        intent, before = Checkpoint.read(store, number)
        tick = Tick(intent, before, store, attempt, *place)
        _begin(tick)
    return tick


def _begin(tick: Tick) -> None:
    if tick.attempt not in _ticks:
        forget(tick.store, tick.before.files)
        _keep(_ticks, tick.attempt, tick)


def _keep(kept: OrderedDict[str, Any], name: str, value: Any) -> None:
    with _lock:
        kept.setdefault(name, value)
        while len(kept) > _KEPT:
            kept.popitem(last=False)


def _name(digest: str) -> str:
    return f"plans/{digest}.pickle"
