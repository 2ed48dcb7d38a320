"""Records of a shard as columns, and the ones that a poll has fetched ahead of the reading."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framework.sources.base import Range, RecordBatch
from framework.sources.kinesis.aggregated import payloads
from framework.sources.kinesis.client import Stream

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import RecordTypeDef


@dataclass
class Records:
    """Payloads in their order, with sequences (`N`, or `N:place` in a packed record) and arrivals (us)."""

    payloads: list[bytes] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    size: int = 0  # bytes

    def __len__(self) -> int:
        return len(self.payloads)

    def add(self, records: Iterable[RecordTypeDef]) -> None:
        """Append what a call gave."""
        for record in records:
            data, sequence = record["Data"], record["SequenceNumber"]
            arrival = int(record["ApproximateArrivalTimestamp"].timestamp() * 1_000_000)
            self.size += len(data)
            packed = payloads(data)
            if packed is None:
                self.payloads.append(data)
                self.sequences.append(sequence)
                self.arrivals.append(arrival)
                continue
            self.payloads += packed
            self.sequences += [f"{sequence}:{place}" for place in range(len(packed))]
            self.arrivals += [arrival] * len(packed)

    def extend(self, more: Records) -> None:
        """Append other records."""
        self.payloads += more.payloads
        self.sequences += more.sequences
        self.arrivals += more.arrivals
        self.size += more.size

    def first(self, most: int) -> Records:
        """Take away the first records: `most`, less or more so that no packed record is torn apart."""
        cut = min(most, len(self))
        while 0 < cut < len(self) and base(self.sequences[cut]) == base(self.sequences[cut - 1]):
            cut -= 1
        if not cut and len(self):
            cut = 1
            while cut < len(self) and base(self.sequences[cut]) == base(self.sequences[0]):
                cut += 1
        return self._take(cut)

    def until(self, end: str) -> tuple[Records, bool]:
        """Take away the records up to and with sequence number `end`; tells whether it has been reached."""
        last = int(end)
        cut = len(self)
        while cut and int(base(self.sequences[cut - 1])) > last:
            cut -= 1
        reached = cut < len(self) or (cut > 0 and int(base(self.sequences[cut - 1])) == last)
        return self._take(cut), reached

    def batches(self, shard: str, chunk: int) -> Iterator[RecordBatch]:
        """The records, at most `chunk` at a time."""
        for at in range(0, len(self), chunk):
            part = slice(at, at + chunk)
            yield RecordBatch(shard, self.payloads[part], self.sequences[part], self.arrivals[part])

    def _take(self, cut: int) -> Records:
        taken = Records(self.payloads[:cut], self.sequences[:cut], self.arrivals[:cut])
        taken.size = sum(map(len, taken.payloads))
        del self.payloads[:cut], self.sequences[:cut], self.arrivals[:cut]
        self.size = max(0, self.size - taken.size) if self.payloads else 0
        return taken


def base(sequence: str) -> str:
    """The sequence number of the record that a payload came in."""
    return sequence.partition(":")[0]


_fetched: dict[tuple[Stream, str], tuple[Range, Records]] = {}
_lock = threading.Lock()


def keep(stream: Stream, wanted: Range, records: Records) -> None:
    """Remember what has been fetched for a range, in the place of what was fetched for the shard before."""
    with _lock:
        _fetched[stream, wanted.shard] = (wanted, records)


def forget(stream: Stream, shard: str) -> None:
    """Let go of what was fetched for a shard: it has been counted."""
    with _lock:
        _fetched.pop((stream, shard), None)


def kept(stream: Stream, wanted: Range) -> Records | None:
    """What this process has fetched for just this range."""
    with _lock:
        found = _fetched.get((stream, wanted.shard))
    return found[1] if found and found[0] == wanted else None
