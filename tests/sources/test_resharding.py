"""Resharding on kinesis-local: children after their parents, nothing lost or counted twice."""

from __future__ import annotations

import time
from typing import Any

from tests.services.kinesis import Kinesis
from tests.sources.kinesis_streams import Run, again, client, make, numbered, put


def settled(kinesis: Any, stream: str) -> list[dict[str, Any]]:
    """The open shards, when the stream is active again."""
    for _ in range(100):
        if (
            kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamStatus"]
            == "ACTIVE"
        ):
            shards: list[dict[str, Any]] = kinesis.list_shards(StreamName=stream)["Shards"]
            return [shard for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
        time.sleep(0.05)
    raise AssertionError("the stream does not become active")


def split(kinesis: Any, stream: str) -> None:
    shard = settled(kinesis, stream)[0]
    low, high = (int(shard["HashKeyRange"][name]) for name in ("StartingHashKey", "EndingHashKey"))
    kinesis.split_shard(
        StreamName=stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str((low + high) // 2)
    )
    settled(kinesis, stream)


def merge(kinesis: Any, stream: str) -> None:
    shards = sorted(settled(kinesis, stream), key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
    kinesis.merge_shards(
        StreamName=stream, ShardToMerge=shards[0]["ShardId"], AdjacentShardToMerge=shards[1]["ShardId"]
    )
    settled(kinesis, stream)


def check_order(run: Run, kinesis: Any, stream: str) -> None:
    """Every child's first range comes after its parents' last."""
    ends = {wanted.shard: place for place, wanted in enumerate(run.ranges) if wanted.closed}
    begins = {wanted.shard: place for place, wanted in reversed(list(enumerate(run.ranges)))}
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        for parent in (shard.get("ParentShardId"), shard.get("AdjacentParentShardId")):
            if parent:
                assert ends[parent] < begins[shard["ShardId"]]


def test_split_and_merge_before_reading(kinesis_local: Kinesis) -> None:
    url, kinesis = kinesis_local.url, client(kinesis_local.url)
    stream = make(url)
    for step, reshard in enumerate([split, merge, split]):
        put(url, stream, numbered(100, 1_000 * step))
        reshard(kinesis, stream)
    put(url, stream, numbered(100, 3_000))
    run = Run.of(url, stream, most=30).to_tip()
    assert run.all == sorted(payload for step in range(4) for payload in numbered(100, 1_000 * step))
    check_order(run, kinesis, stream)
    assert again(run) == run.all


def test_split_and_merge_while_reading_with_restarts(kinesis_local: Kinesis) -> None:
    url, kinesis = kinesis_local.url, client(kinesis_local.url)
    stream = make(url, 2)
    run = Run.of(url, stream)
    for step, reshard in enumerate([split, merge, merge]):
        put(url, stream, numbered(60, 1_000 * step))
        run.tick()
        put(url, stream, numbered(60, 1_000 * step + 500))
        reshard(kinesis, stream)
        run = run.restarted(url, stream)
    put(url, stream, numbered(60, 3_000))
    run.to_tip()
    expected = [n for step in range(3) for n in numbered(60, 1_000 * step) + numbered(60, 1_000 * step + 500)]
    assert run.all == sorted(expected + numbered(60, 3_000))
    check_order(run, kinesis, stream)


def test_latest_skips_what_was_split_before(kinesis_local: Kinesis) -> None:
    url, kinesis = kinesis_local.url, client(kinesis_local.url)
    stream = make(url)
    put(url, stream, numbered(50))
    split(kinesis, stream)
    run = Run.of(url, stream, "latest")
    run.tick()
    put(url, stream, numbered(50, 1_000))
    split(kinesis, stream)
    put(url, stream, numbered(50, 2_000))
    run = run.restarted(url, stream, "latest").to_tip()
    assert run.all == numbered(50, 1_000) + numbered(50, 2_000)
