"""The Kinesis source against kinesalite: volume, positions, starts, faults."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest

from framework.sources import SourceError, open_source
from framework.sources.kinesis import limits, records
from framework.sources.writer import KinesisWriter
from tests.services.kinesis import Kinesis
from tests.sources.kinesis_streams import Run, again, make, numbered, put


def test_volume_over_several_shards(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url, 4)
    sent = numbered(20_000)
    put(kinesalite.url, stream, sent)
    run = Run.of(kinesalite.url, stream).to_tip()
    assert run.all == sorted(sent)
    assert len(run.payloads) == 4 and all(run.payloads.values())
    assert again(run) == sorted(sent)


def test_small_batches_and_restarts(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url, 2)
    sent = numbered(1_000)
    put(kinesalite.url, stream, sent)
    run = Run.of(kinesalite.url, stream, most=90)
    for _ in range(4):
        run.tick()
        run = run.restarted(kinesalite.url, stream)
    assert all(wanted.count <= 90 for wanted in run.ranges)
    assert len(run.all) == 4 * 2 * 90
    assert run.to_tip().all == sorted(sent)
    assert again(run) == sorted(sent)


def test_nothing_is_lost_while_others_write(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url, 2)
    sent = [numbered(1_500, 10_000 * writer) for writer in range(3)]

    def write(payloads: list[bytes]) -> None:
        for at in range(0, len(payloads), 50):
            put(kinesalite.url, stream, payloads[at : at + 50])

    writers = [threading.Thread(target=write, args=(payloads,)) for payloads in sent]
    run = Run.of(kinesalite.url, stream)
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        run.tick()
    assert run.to_tip().all == sorted(payload for payloads in sent for payload in payloads)


def test_a_poll_that_is_not_used_is_polled_again(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url)
    put(kinesalite.url, stream, numbered(10))
    source = open_source(f"kinesis:{stream}", endpoint_url=kinesalite.url)
    first, second = source.poll({}, 4), source.poll({}, 4)
    assert first == second and first[0].count == 4
    then = source.poll({first[0].shard: first[0].end}, 100)[0]
    assert then.count == 6 and then.tip and then.start == first[0].end


def test_latest_is_fixed_when_first_polled(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url)
    put(kinesalite.url, stream, numbered(5))
    time.sleep(0.01)
    run = Run.of(kinesalite.url, stream, "latest")
    assert [wanted.count for wanted in run.tick()] == [0]
    put(kinesalite.url, stream, numbered(3, 100))
    assert run.to_tip().all == numbered(3, 100)
    put(kinesalite.url, stream, numbered(2, 200))
    assert run.restarted(kinesalite.url, stream, "latest").to_tip().all == numbered(3, 100) + numbered(2, 200)
    assert again(run) == numbered(3, 100) + numbered(2, 200)


def test_start_at_a_time(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url)
    put(kinesalite.url, stream, numbered(5))
    time.sleep(0.05)
    between = datetime.now(UTC).isoformat()
    time.sleep(0.05)
    put(kinesalite.url, stream, numbered(3, 100))
    assert Run.of(kinesalite.url, stream, between).to_tip().all == numbered(3, 100)
    assert len(Run.of(kinesalite.url, stream, "2026-01-01").to_tip().all) == 8


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("yesterday", "is no start: write trim_horizon, latest or a time"),
        ("2126-01-01T00:00:00Z", "lies in the future"),
    ],
)
def test_what_is_no_start(start: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        open_source("kinesis:events", endpoint_url="http://127.0.0.1:1", start=start)


def test_a_stream_that_is_not_there(kinesalite: Kinesis) -> None:
    with pytest.raises(SourceError, match=r"Kinesis stream nowhere at .* is not there: check its name"):
        open_source("kinesis:nowhere", endpoint_url=kinesalite.url).poll({}, 10)


def test_a_position_of_another_stream(kinesalite: Kinesis) -> None:
    one, other = make(kinesalite.url), make(kinesalite.url)
    put(kinesalite.url, one, numbered(1))
    wanted = Run.of(kinesalite.url, one).tick()[0]
    time.sleep(1.1)  # kinesalite tells streams apart by the second
    other = make(kinesalite.url)
    with pytest.raises(SourceError, match="start a new --checkpoint"):
        Run.of(kinesalite.url, other).source.poll({wanted.shard: str(int(wanted.end) + (1 << 120))}, 10)


def test_records_that_are_gone_are_named(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url)
    put(kinesalite.url, stream, numbered(10))
    wanted = Run.of(kinesalite.url, stream).tick()[0]
    more = type(wanted)(shard=wanted.shard, start=wanted.start, end=wanted.end, count=12, tip=True)
    records._fetched.clear()
    with pytest.raises(SourceError, match="has only 10 of the 12 records"):
        list(open_source(f"kinesis:{stream}", endpoint_url=kinesalite.url).reader().read(more))


def test_the_writer_splits_by_bytes(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url, 2)
    sent = [bytes([number]) * 900_000 for number in range(7)]
    KinesisWriter(stream, endpoint_url=kinesalite.url).put([(str(n), one) for n, one in enumerate(sent)])
    run = Run.of(kinesalite.url, stream).to_tip()
    assert run.all == sent


def test_a_shards_limits() -> None:
    now = 0.0
    limit = limits.Limit(clock=lambda: now)
    calls: list[float] = []
    while now < 3:
        wait = limit.delay()
        if wait:
            now += wait
        else:
            calls.append(now)
    assert (
        all(later - earlier >= 1 for earlier, later in zip(calls, calls[5:], strict=False))
        and len(calls) >= 15
    )
    limit.spend(10_000_000)
    assert 4.9 < limit.delay() <= 5.0


def test_on_moto(moto: Kinesis) -> None:
    stream = make(moto.url, 2)
    put(moto.url, stream, numbered(300))
    run = Run.of(moto.url, stream, most=100)
    run.tick()
    run = run.restarted(moto.url, stream).to_tip()
    put(moto.url, stream, numbered(50, 1_000))
    assert run.to_tip().all == sorted(numbered(300) + numbered(50, 1_000)) == again(run)
