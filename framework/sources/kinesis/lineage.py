"""A stream's shards and what they came from."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from framework.sources.kinesis.client import PATIENCE, Stream, patiently


@dataclass(frozen=True)
class Lineage:
    """The shards at `when` (UTC; the earlier of this clock and the stream's), each with its parents.

    `ended` are those that take no more records.
    """

    when: datetime
    parents: Mapping[str, tuple[str, ...]]
    ended: frozenset[str]

    def ready(self, shard: str, closed: set[str]) -> bool:
        """Whether a shard's parents are read to their end, or gone from the stream."""
        return all(parent in closed or parent not in self.parents for parent in self.parents[shard])


def list_shards(stream: Stream, patience: float = PATIENCE) -> Lineage:
    """All shards of the stream. Raises `SourceError`."""
    client = stream.client()
    when = datetime.fromtimestamp(time.time(), UTC)
    parents: dict[str, tuple[str, ...]] = {}
    ended: set[str] = set()
    token = ""
    while True:
        # The client's own paginator gives both a token and a name, which emulators refuse.
        asked = {"NextToken": token} if token else stream.named
        answer = patiently(lambda asked=asked: client.list_shards(**asked), stream, patience=patience)  # type: ignore[misc]
        for shard in answer["Shards"]:
            both = (shard.get("ParentShardId"), shard.get("AdjacentParentShardId"))
            parents[shard["ShardId"]] = tuple(parent for parent in both if parent)
            if shard["SequenceNumberRange"].get("EndingSequenceNumber"):
                ended.add(shard["ShardId"])
        said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        if said:
            when = min(when, _date(said) or when)
        token = answer.get("NextToken", "")
        if not token:
            return Lineage(when, parents, frozenset(ended))


def _date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC)
    except ValueError:
        return None
