"""Streams for tests: made, filled, reset, read to their tips."""

from __future__ import annotations

import pickle
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from framework.sources import Range, Source, open_source
from framework.sources.kinesis.client import Stream
from framework.sources.writer import KinesisWriter


def make(url: str, shards: int = 1) -> str:
    """A new stream's name."""
    name = f"events-{uuid.uuid4().hex[:8]}"
    KinesisWriter(name, endpoint_url=url).ensure_stream(shards)
    return name


def client(url: str) -> Any:
    """The client that sources of this endpoint use too: hooks on it are faults for them."""
    return Stream("", None, url).client()


def put(url: str, stream: str, payloads: Iterable[bytes]) -> None:
    """Write payloads, each under a partition key of its own."""
    KinesisWriter(stream, endpoint_url=url).put([(payload.hex()[:40], payload) for payload in payloads])


def numbered(count: int, first: int = 0) -> list[bytes]:
    """Distinct payloads."""
    return [b'{"n": %d}' % number for number in range(first, first + count)]


@dataclass
class Run:
    """Reads a stream the way a pipeline does: polls, reads what was named, goes on from there."""

    source: Source
    most: int = 1_000_000
    positions: dict[str, str] = field(default_factory=dict)
    ranges: list[Range] = field(default_factory=list)
    payloads: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, url: str, stream: str, start: str | None = None, most: int = 1_000_000) -> Run:
        """A run from the stream's beginning, or from `start`."""
        return cls(open_source(f"kinesis:{stream}", endpoint_url=url, start=start), most)

    def tick(self) -> list[Range]:
        """One poll, with its ranges read."""
        ranges = self.source.poll(self.positions, self.most)
        for wanted in ranges:
            got = [
                payload for batch in self.source.reader().read(wanted, 1_000) for payload in batch.payloads
            ]
            assert len(got) == wanted.count
            self.payloads[wanted.shard] += got
            self.positions[wanted.shard] = "closed" if wanted.closed else wanted.end
        self.ranges += ranges
        return ranges

    def to_tip(self, ticks: int = 100) -> Run:
        """Tick until nothing is left."""
        for _ in range(ticks):
            ranges = self.tick()
            if ranges and all(wanted.tip and not wanted.closed and not wanted.count for wanted in ranges):
                return self
        raise AssertionError(f"not at the tip after {ticks} ticks: {ranges}")

    def restarted(self, url: str, stream: str, start: str | None = None) -> Run:
        """Another process that carries on from the positions."""
        again = Run.of(url, stream, start, self.most)
        again.positions, again.ranges, again.payloads = dict(self.positions), self.ranges, self.payloads
        return again

    @property
    def all(self) -> list[bytes]:
        """Every payload, sorted."""
        return sorted(payload for shard in self.payloads.values() for payload in shard)


def again(run: Run) -> list[bytes]:
    """What the run's ranges give when another process reads them, sorted."""
    from framework.sources.kinesis import records

    records._fetched.clear()
    reader = pickle.loads(pickle.dumps(run.source.reader()))
    return sorted(
        payload for wanted in run.ranges for batch in reader.read(wanted) for payload in batch.payloads
    )
