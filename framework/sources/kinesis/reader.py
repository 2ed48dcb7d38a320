"""Reads named ranges of a stream: what the poll has fetched, or from the stream again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from framework.sources.base import Range, RecordBatch, SourceError
from framework.sources.kinesis.client import Stream
from framework.sources.kinesis.records import Records, kept
from framework.sources.kinesis.shard import Shard

_EMPTY = 3  # answers with nothing at the tip, after which a record is taken to be gone


@dataclass(frozen=True)
class KinesisReader:
    """Reads ranges of a stream, in any process."""

    stream: Stream

    def read(self, wanted: Range, chunk: int = 65_536) -> Iterator[RecordBatch]:
        """The range's records. Raises `SourceError` when the stream no longer has them all."""
        if not wanted.count:
            return
        found = kept(self.stream, wanted)
        if found is not None:
            yield from found.batches(wanted.shard, chunk)
            return
        count = 0
        for records in self._again(wanted):
            count += len(records)
            yield from records.batches(wanted.shard, chunk)
        if count != wanted.count:
            raise self._gone(wanted, count)

    def _again(self, wanted: Range) -> Iterator[Records]:
        shard = Shard(self.stream, wanted.shard, wanted.start)
        count = empty = 0
        while empty < _EMPTY:
            records, reached = shard.fetch().until(wanted.end)
            count += len(records)
            yield records
            if reached:
                return
            empty = 0 if records or not shard.tip else _EMPTY if shard.closed else empty + 1
        raise self._gone(wanted, count)

    def _gone(self, wanted: Range, count: int) -> SourceError:
        return SourceError(
            f"{self.stream} has only {count} of the {wanted.count} records of shard {wanted.shard} from "
            f"{wanted.start} to {wanted.end}, which a run had begun to count: they are older than the "
            "stream keeps records. Start a new --checkpoint, and let the stream keep records for longer"
        )
