"""How event time advances: per shard, and the pipeline's as the least of its shards'."""

from __future__ import annotations

from collections.abc import Mapping

from framework.pipeline.names import NO_MARK
from framework.plan import Plan
from framework.sources import Range
from framework.state import Commit, Intent, ShardState

END = 2**61


def shard_before(before: Commit, shard: str, disorder: int) -> ShardState:
    """A shard's state before the tick. A new shard starts at the pipeline's watermark."""
    state = before.shards.get(shard)
    if state is not None:
        return state
    return ShardState(idle=None if before.watermark is None else before.watermark + disorder)


def mark(state: ShardState, disorder: int) -> int:
    """The watermark of a shard (microseconds), `NO_MARK` before its first event."""
    times = [time for time in (state.latest, state.idle) if time is not None]
    return max(times) - disorder if times else NO_MARK


def advance(
    before: Commit, intent: Intent, latest: Mapping[str, int], disorder: int
) -> tuple[dict[str, ShardState], int | None]:
    """The shards and the watermark after a tick; `latest` has the greatest event time read of each."""
    shards = dict(before.shards)
    for wanted in intent.ranges:
        state = shard_before(before, wanted.shard, disorder)
        shards[wanted.shard] = _after(state, wanted, intent.clock, latest.get(wanted.shard))
    if intent.end:
        return shards, END
    marks = [mark(state, disorder) for state in shards.values() if not state.closed]
    least = min(marks, default=NO_MARK)
    known = [value for value in (before.watermark, least) if value is not None and value != NO_MARK]
    return shards, max(known, default=None)


def since(before: Commit, plan: Plan) -> dict[str, int]:
    """From when each measure is whole (microseconds): one new in a run starts after all that was read."""
    read = -1 if before.latest is None else before.latest
    names = [f"{group.id}/{measure.id}" for group in plan.groups for measure in group.measures]
    return {name: before.since.get(name, read + 1) for name in names}


def _after(state: ShardState, wanted: Range, clock: int, latest: int | None) -> ShardState:
    times = [time for time in (state.latest, latest) if time is not None]
    resting = wanted.tip and not wanted.count
    return ShardState(
        position=wanted.end or state.position or wanted.start,
        latest=max(times, default=None),
        idle=max(clock, state.idle or clock) if resting else state.idle,
        closed=state.closed or wanted.closed,
    )
