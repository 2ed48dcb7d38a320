"""A Kinesis stream as a source: names ranges of its shards, parents before children."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from framework.sources.base import Range, SourceError
from framework.sources.kinesis.ahead import Ahead
from framework.sources.kinesis.client import PATIENCE, Stream
from framework.sources.kinesis.lineage import Lineage, list_shards
from framework.sources.kinesis.reader import KinesisReader
from framework.sources.kinesis.records import forget, keep
from framework.sources.kinesis.shard import AT_TIME, TRIM_HORIZON, Shard

CLOSED = "closed"
LISTED_FOR = 30.0  # seconds that a list of shards is good for
FIRST_PATIENCE = 10.0  # seconds
WAIT = 1.0  # seconds that a poll waits for a shard that is behind
HELD = 256 * 1024 * 1024  # bytes fetched ahead, of all shards together


class KinesisSource:
    """The shards of a stream.

    `start` is where a shard is read from at first: `trim_horizon`, `latest` (fixed when the stream
    is first polled; shards that come later are read whole) or an ISO 8601 time. Raises `SourceError`.
    """

    def __init__(
        self,
        stream: str,
        region: str | None = None,
        endpoint_url: str | None = None,
        start: str = "trim_horizon",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = Stream(stream, region, endpoint_url)
        self._start = _start(start)
        self._clock = clock
        self._shards: dict[str, Ahead] = {}
        self._lineage: Lineage | None = None
        self._listed = 0.0
        self._pinned: dict[str, str] = {}  # where `latest` is, of the shards there were then

    def poll(self, positions: Mapping[str, str], max_records: int) -> list[Range]:
        """The next range of every shard whose parents are read, about a second's worth or more.

        A packed record is not torn apart: its range may have more than `max_records`.
        """
        lineage = self._listing(positions)
        over = [
            self._over(shard, positions[shard]) for shard in positions if _is_gone(shard, positions, lineage)
        ]
        over += [self._over(shard, self._pinned[shard]) for shard in self._skipped(positions, lineage)]
        closed = {shard for shard, position in positions.items() if position == CLOSED}
        closed |= {wanted.shard for wanted in over}
        live = [
            shard for shard in sorted(lineage.parents) if shard not in closed and lineage.ready(shard, closed)
        ]
        for shard in set(self._shards) - set(live):
            self._shards.pop(shard).stop()
            forget(self._stream, shard)
        ranges = self._next({shard: positions.get(shard) for shard in live}, max_records)
        if any(wanted.closed for wanted in ranges):
            self._lineage = None
        return sorted([*ranges, *over], key=lambda wanted: wanted.shard)

    def reader(self) -> KinesisReader:
        """What reads the ranges."""
        return KinesisReader(self._stream)

    def exhausted(self, positions: Mapping[str, str]) -> bool:
        """Never: a stream may always get more."""
        return False

    def _next(self, live: Mapping[str, str | None], most: int) -> list[Range]:
        share = HELD // max(1, len(live))
        until = self._clock() + WAIT
        for shard, position in live.items():
            self._open(shard, position).start(most, share)
        ranges = []
        for shard in live:
            self._shards[shard].wait(until - self._clock())
        for shard in live:
            ahead = self._shards[shard]
            wanted, records = ahead.take(most)
            ranges.append(wanted)
            keep(self._stream, wanted, records)
            if ahead.behind:
                ahead.start(most, share)
        return ranges

    def _open(self, shard: str, position: str | None) -> Ahead:
        """The shard at a position: as it is when it stands there, opened anew when not."""
        held = self._shards.get(shard)
        where = position or self._first(shard)
        if held is not None and held.position == where:
            return held
        if held is not None:
            held.stop()
        # Where `latest` is fixed in this very moment, the tip itself is meant, not the clock's notion of it.
        latest = position is None and shard in self._pinned
        opened = Ahead(Shard(self._stream, shard, where, latest=latest, check=True))
        self._shards[shard] = opened
        return opened

    def _first(self, shard: str) -> str:
        if self._start == "latest":
            return self._pinned.get(shard, TRIM_HORIZON)
        return self._start

    def _listing(self, positions: Mapping[str, str]) -> Lineage:
        now = self._clock()
        if self._lineage is None or now - self._listed > LISTED_FOR:
            first = self._lineage is None and not self._shards and not positions
            # At the very start a wrong address is likelier than a service that comes back.
            self._lineage = list_shards(self._stream, PATIENCE if self._listed else FIRST_PATIENCE)
            self._listed = now
            if first and self._start == "latest" and not self._pinned:
                pin = AT_TIME + self._lineage.when.isoformat()
                self._pinned = dict.fromkeys(self._lineage.parents, pin)
        return self._lineage

    def _skipped(self, positions: Mapping[str, str], lineage: Lineage) -> list[str]:
        """Shards that had ended before `latest` was fixed: nothing of them is wanted."""
        return [shard for shard in self._pinned if shard in lineage.ended and self._is_new(shard, positions)]

    def _is_new(self, shard: str, positions: Mapping[str, str]) -> bool:
        return shard not in positions and shard not in self._shards

    def _over(self, shard: str, position: str) -> Range:
        return Range(shard=shard, start=position, end=position, count=0, tip=True, closed=True)


def _is_gone(shard: str, positions: Mapping[str, str], lineage: Lineage) -> bool:
    """Whether a shard ended so long ago that the stream no longer lists it."""
    return positions[shard] != CLOSED and shard not in lineage.parents


def _start(text: str) -> str:
    """`latest`, or a position."""
    if text.lower() == "latest":
        return "latest"
    if text.lower() == "trim_horizon":
        return TRIM_HORIZON
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise SourceError(
            f"'{text}' is no start: write trim_horizon, latest or a time such as 2026-11-24T08:00:00Z"
        ) from None
    when = when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    if when > datetime.now(UTC):
        raise SourceError(f"start {text} lies in the future: write `latest`, or a time that has passed")
    return AT_TIME + when.isoformat()
