"""The driver: names each tick's ranges, has the tick executed, commits what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from framework.pipeline.fill import HOUR, SILENCE
from framework.pipeline.report import Report
from framework.pipeline.steps.record import read_report
from framework.pipeline.tick import Tick, publish
from framework.pipeline.watermark import advance, since
from framework.plan import Plan
from framework.sinks import Sink
from framework.sources import Source
from framework.state import Checkpoint, CheckpointError, Commit, Intent, Segment

Until = Literal["end", "caught_up", "once", "stopped"]
BATCH_RECORDS = 1_000_000
ATTEMPTS = 4

log = logging.getLogger("sortline.driver")


class TickFailed(Exception):
    """A tick could not be executed; the message says why. Nothing is lost: it will be executed again."""


class WorkersLost(TickFailed):
    """What ran the tick died, or may have: another attempt can succeed. The message says how it ended."""


class Executor(Protocol):
    """What runs a tick's Beam pipeline."""

    name: str
    partitions: int

    def execute(self, tick: Tick) -> None:
        """Run the tick to its end. Raises `TickFailed`, or `WorkersLost` where it should be asked again."""

    def close(self) -> None:
        """End what was started for it."""


class Notifier(Protocol):
    """Tells others what commits say of episodes. None of this waits for them."""

    def begin(self, commit: Commit) -> None:
        """The run begins from this commit. Raises `CheckpointError`."""

    def committed(self, commit: Commit) -> None:
        """A commit stands. Raises `CheckpointError`."""


@dataclass(frozen=True)
class Status:
    """What a tick did, for progress and metrics. Times in microseconds, `seconds` the tick's duration."""

    commit: Commit
    seconds: float
    clock: int
    report: Report

    @property
    def records_per_second(self) -> float:
        """The records of the tick, over its duration."""
        return self.report.totals.get("records", 0) / max(self.seconds, 1e-6)


@dataclass
class Driver:
    """Runs ticks until told to stop.

    `until`: end (of a finite source, then close all windows), caught_up (every shard has been at
    its tip), once (one tick) or stopped. `interval` is the least time between ticks, in seconds.
    `renewed` is asked before each new tick for another plan to go on with.
    """

    plan: Plan
    source: Source
    sink: Sink
    checkpoint: Checkpoint
    executor: Executor
    until: Until = "stopped"
    batch_records: int = BATCH_RECORDS
    interval: float = 1.0
    now: Callable[[], int] = lambda: time.time_ns() // 1_000
    renewed: Callable[[], Plan | None] = lambda: None
    on_tick: Callable[[Status], None] = lambda status: None
    notifier: Notifier | None = None
    stopping: bool = False
    _tips: set[str] = field(default_factory=set)
    _looks: int = 0

    def run(self) -> Commit:
        """Run to the end asked for, or until `stop`. Returns the last commit.

        Raises `Fenced`, `TickFailed`, `SourceError`: whatever happens, the checkpoint stays whole.
        """
        publish(self.plan, self.checkpoint.store)
        commit = self.checkpoint.last_commit() or Commit.nothing(self.plan.digest)
        if self.notifier:
            self.notifier.begin(commit)
        while not self.stopping:
            began = time.monotonic()
            intent = self.checkpoint.pending(commit.number) or self._next(commit)
            if intent is not None:
                commit = self._execute(intent, commit)
            if commit.ended or self._finished(intent):
                break
            if self.until != "end":
                self._wait(self.interval - (time.monotonic() - began))
        self.sink.finish()
        return commit

    def stop(self) -> None:
        """Stop after the tick under way."""
        self.stopping = True

    def _next(self, commit: Commit) -> Intent | None:
        plan = self.renewed()
        if plan is not None:
            publish(plan, self.checkpoint.store)
            self.plan = plan
        positions = {shard: "closed" if s.closed else s.position for shard, s in commit.shards.items()}
        if commit.ended:
            self._after_end(commit, positions)
            return None
        ranges = tuple(self.source.poll(positions, self.batch_records))
        self._tips.update(wanted.shard for wanted in ranges if wanted.tip)
        after = positions | {wanted.shard: wanted.end for wanted in ranges if wanted.count}
        end = self.until == "end" and self.source.exhausted(after)
        clock = self.now()
        intent = Intent(
            number=commit.number + 1,
            clock=clock,
            version=max(clock // 1_000, commit.version + 1),
            definitions=self.plan.digest,
            ranges=ranges,
            end=end,
            provisional=self.sink.provisional and self.until != "end",
        )
        if not self._worth(intent, commit):
            return None
        self.checkpoint.write_intent(intent)
        return intent

    def _after_end(self, commit: Commit, positions: dict[str, str]) -> None:
        if self.source.exhausted(positions):
            return
        raise CheckpointError(
            f"checkpoint {self.checkpoint.store} was run to its end, and its source has grown since: "
            "all windows are closed, so start a new --checkpoint"
        )

    def _worth(self, intent: Intent, commit: Commit) -> bool:
        """Whether a tick without records would change anything: a window to close, a shard that ended."""
        if intent.end or any(wanted.count or wanted.closed for wanted in intent.ranges):
            return True
        _, watermark = advance(commit, intent, {}, self.plan.events.disorder)
        if watermark is None or not commit.last:
            return False
        before = -1 if commit.watermark is None else commit.watermark
        return any(before // slice_ != watermark // slice_ for slice_ in self.plan.slices)

    def _execute(self, intent: Intent, before: Commit) -> Commit:
        began = time.monotonic()
        tick = self._attempted(intent, before)
        report = read_report(tick)
        commit = self._committed(tick, report)
        self.checkpoint.write_commit(commit)
        if self.notifier:
            self.notifier.committed(commit)
        self.checkpoint.clean(commit, self.plan.digest)
        self.on_tick(Status(commit, time.monotonic() - began, intent.clock, report))
        return commit

    def _attempted(self, intent: Intent, before: Commit) -> Tick:
        """The attempt at a tick that went well. Each writes files of its own."""
        for left in reversed(range(ATTEMPTS)):
            tick = Tick(
                intent=intent,
                before=before,
                store=self.checkpoint.store,
                attempt=Checkpoint.new_attempt(),
                partitions=self.checkpoint.partitions,
                reader=self.source.reader(),
                sink=self.sink,
            )
            try:
                self.executor.execute(tick)
            except WorkersLost as error:
                if not left or self.stopping:
                    raise
                log.warning("tick %d is executed again: %s", intent.number, error)
                continue
            break
        return tick

    def _committed(self, tick: Tick, report: Report) -> Commit:
        before, intent, plan = tick.before, tick.intent, tick.compiled.plan
        shards, watermark = advance(before, intent, report.latest, plan.events.disorder)
        active = set(before.active) | set(report.active)
        if watermark is not None and active:
            oldest = min(watermark, max(active)) - SILENCE - 2 * HOUR - plan.longest
            active = {hour for hour in active if hour >= oldest}
        totals = dict(before.totals)
        for name, count in report.totals.items():
            totals[name] = totals.get(name, 0) + count
        return Commit(
            number=intent.number,
            attempt=tick.attempt,
            definitions=intent.definitions,
            version=intent.version,
            started=before.started or intent.clock,
            shards=shards,
            watermark=watermark,
            first=_best(before.first, report.first, min),
            last=_best(before.last, report.last, max),
            begun=_best(before.begun, report.begun, min),
            active=tuple(sorted(active)),
            since=since(before, plan),
            tables=_tables(before, report),
            totals=totals,
            outbox=tuple(report.outbox),
            ended=intent.end,
        )

    def _finished(self, intent: Intent | None) -> bool:
        if self.until == "once":
            return True
        if self.until == "caught_up":
            live = {wanted.shard for wanted in intent.ranges if not wanted.closed} if intent else self._tips
            caught_up = live <= self._tips
            # One more look: shards with nothing new follow the clock, which closes what is over.
            empty = intent is None or not any(wanted.count for wanted in intent.ranges)
            self._looks += caught_up
            return caught_up and (empty or self._looks > 1)
        return False

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


def _tables(before: Commit, report: Report) -> dict[str, tuple[Segment, ...]]:
    """The tables after a tick; one that was given no segment is no more."""
    written = {name: tuple(segments) for name, segments in report.tables.items()}
    return {name: segments for name, segments in {**before.tables, **written}.items() if segments}


def _best(held: dict[str, int], found: dict[str, int], best: Callable[..., int]) -> dict[str, int]:
    return {
        name: best(one[name] for one in (held, found) if name in one) for name in held.keys() | found.keys()
    }
