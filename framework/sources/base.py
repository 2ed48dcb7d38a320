"""What a source is: it names ranges of records before they are read, and reads them alike each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec


class SourceError(Exception):
    """A source can't be read; the message names it and the cure."""


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """A range of one shard's records, named before it is read.

    `start` and `end` are positions in the source's own notation; `count` the records between them;
    `tip` tells that nothing was left after `end`, `closed` that the shard ends there for good.
    """

    shard: str
    start: str
    end: str
    count: int
    tip: bool
    closed: bool = False


@dataclass
class RecordBatch:
    """Records of one shard in their order, as columns. `arrivals` in microseconds, None where unknown."""

    shard: str
    payloads: list[bytes]
    sequences: Sequence[str]
    arrivals: Sequence[int] | None = None


class Reader(Protocol):
    """Reads ranges, in the driver's process or in any other: it can be pickled."""

    def read(self, wanted: Range, chunk: int = 65_536) -> Iterator[RecordBatch]:
        """The range's records in order, at most `chunk` at a time. Raises `SourceError`."""


class Source(Protocol):
    """Names ranges. Positions are kept by the caller: a source remembers nothing that matters."""

    def poll(self, positions: Mapping[str, str], max_records: int) -> list[Range]:
        """The next range of every shard that has not ended, also the empty ones.

        `positions` has each known shard's position, or `closed`; `max_records` holds for each shard.
        """

    def reader(self) -> Reader:
        """What reads the ranges."""

    def exhausted(self, positions: Mapping[str, str]) -> bool:
        """Whether nothing is left and nothing will ever come."""
