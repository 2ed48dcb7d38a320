"""Faults that no emulator makes by itself, put in by the client's own event hooks."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from framework.sources import SourceError
from framework.sources.kinesis.client import Stream, patiently
from framework.sources.writer import KinesisWriter
from tests.services.kinesis import Kinesis
from tests.sources.kinesis_streams import Run, again, client, make, numbered, put

Fault = Callable[[], AWSResponse | Exception | None]


@contextmanager
def faults(url: str, operation: str, fault: Fault) -> Iterator[list[int]]:
    """Every call of the operation meets what `fault` gives, or the service when that is None."""
    met: list[int] = []
    lock = threading.Lock()

    def hook(**_: Any) -> AWSResponse | None:
        with lock:
            given = fault()
            if given is None:
                return None
            met.append(1)
        if isinstance(given, Exception):
            raise given
        return given

    events = client(url).meta.events
    name = f"before-send.kinesis.{operation}"
    events.register_first(name, hook)
    try:
        yield met
    finally:
        events.unregister(name, hook)


def answer(status: int, code: str, message: str = "no") -> AWSResponse:
    """An error as the service words it."""
    body = f'{{"__type": "{code}", "message": "{message}"}}'.encode()
    raw = io.BytesIO(body)
    raw.stream = lambda *_, **__: iter([body])  # type: ignore[attr-defined]
    return AWSResponse("http://kinesis", status, {"content-type": "application/x-amz-json-1.1"}, raw)


def every(number: int, make_fault: Callable[[], AWSResponse | Exception]) -> Fault:
    """A fault in all calls but each `number`th."""
    calls = iter(range(1_000_000))
    return lambda: None if next(calls) % number == number - 1 else make_fault()


PASSING = {
    "throttled": lambda: answer(400, "ProvisionedThroughputExceededException"),
    "server error": lambda: answer(500, "InternalFailure"),
    "no service": lambda: answer(503, "ServiceUnavailable"),
    "garbled": lambda: answer(502, "x<html>"),
    "connection lost": lambda: EndpointConnectionError(endpoint_url="http://kinesis"),
    "expired iterator": lambda: answer(400, "ExpiredIteratorException"),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that tests can afford."""
    monkeypatch.setattr("framework.sources.kinesis.client.FIRST_WAIT", 0.005)
    monkeypatch.setattr("framework.sources.kinesis.limits.CALLS", 1_000)


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_loses_nothing(kinesalite: Kinesis, name: str) -> None:
    stream = make(kinesalite.url, 2)
    put(kinesalite.url, stream, numbered(300))
    run = Run.of(kinesalite.url, stream, most=100)
    with faults(kinesalite.url, "GetRecords", every(2, PASSING[name])) as met:
        run.tick()
        put(kinesalite.url, stream, numbered(300, 1_000))
        run.to_tip()
        assert again(run) == run.all == sorted(numbered(300) + numbered(300, 1_000))
    assert len(met) >= 4


@pytest.mark.parametrize("operation", ["ListShards", "GetShardIterator"])
def test_other_calls_are_tried_again(kinesalite: Kinesis, operation: str) -> None:
    stream = make(kinesalite.url)
    put(kinesalite.url, stream, numbered(5))
    with faults(kinesalite.url, operation, every(3, PASSING["throttled"])) as met:
        assert Run.of(kinesalite.url, stream).to_tip().all == numbered(5)
    assert met


FINAL = {
    "AccessDeniedException": "may not be read .*: allow kinesis:ListShards",
    "UnrecognizedClientException": "does not take the credentials .*: renew them",
    "ExpiredTokenException": "does not take the credentials",
    "ResourceNotFoundException": "is not there: check its name",
    "ValidationException": "Kinesis stream .*: no$",
}


@pytest.mark.parametrize("code", FINAL)
@pytest.mark.parametrize("operation", ["ListShards", "GetRecords"])
def test_what_does_not_pass_is_named(kinesalite: Kinesis, code: str, operation: str) -> None:
    run = Run.of(kinesalite.url, make(kinesalite.url))
    with (
        faults(kinesalite.url, operation, lambda: answer(400, code)),
        pytest.raises(SourceError, match=FINAL[code]),
    ):
        run.to_tip()


def test_a_time_that_is_never_answered_is_looked_for(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url)
    put(kinesalite.url, stream, numbered(3))
    time.sleep(0.05)
    start = datetime.now(UTC).isoformat()
    time.sleep(0.05)
    put(kinesalite.url, stream, numbered(2, 100))
    given = iter([ReadTimeoutError(endpoint_url="http://kinesis")])
    with faults(kinesalite.url, "GetShardIterator", lambda: next(given, None)) as met:
        run = Run.of(kinesalite.url, stream, start).to_tip()
    assert met and run.all == numbered(2, 100)


def test_a_gap_after_a_checkpoint_is_told(kinesalite: Kinesis, caplog: pytest.LogCaptureFixture) -> None:
    stream = make(kinesalite.url)
    put(kinesalite.url, stream, numbered(4))
    run = Run.of(kinesalite.url, stream, most=1)
    run.tick()
    run.restarted(kinesalite.url, stream).tick()
    assert not caplog.records and run.all == numbered(2)

    def trim(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Records"] = parsed["Records"][1:]

    events = client(kinesalite.url).meta.events
    events.register("after-call.kinesis.GetRecords", trim)
    run.restarted(kinesalite.url, stream).tick()
    events.unregister("after-call.kinesis.GetRecords", trim)
    assert "the record that was read last is gone" in caplog.text


def test_a_shard_that_is_no_longer_listed_ends(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url)
    run = Run.of(kinesalite.url, stream)
    run.positions = {"shardId-000000000099": "123"}
    ended = [wanted for wanted in run.tick() if wanted.closed]
    assert [(wanted.shard, wanted.count, wanted.end) for wanted in ended] == [
        ("shardId-000000000099", 0, "123")
    ]
    assert not [wanted for wanted in run.tick() if wanted.closed]


def test_a_poll_does_not_wait_for_a_service_that_is_away(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url)
    run = Run.of(kinesalite.url, stream)
    with faults(kinesalite.url, "GetRecords", PASSING["connection lost"]):
        assert [(wanted.count, wanted.tip) for wanted in run.tick()] == [(0, False)]
    put(kinesalite.url, stream, numbered(3))
    assert run.to_tip().all == numbered(3)


def test_patience_ends() -> None:
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    def fails(error: Exception) -> Callable[[], None]:
        def call() -> None:
            if now < 1_000:
                raise error

        return call

    stream = Stream("events", None, None)
    lost = EndpointConnectionError(endpoint_url="http://kinesis")
    with pytest.raises(SourceError, match=r"Kinesis stream events is out of reach .*: see that it is up"):
        patiently(fails(lost), stream, clock=lambda: now, sleep=sleep)
    assert 100 < now < 150
    now = 0.0
    throttled = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetRecords")
    patiently(fails(throttled), stream, clock=lambda: now, sleep=sleep)  # waits for as long as it takes
    assert now >= 1_000


def test_records_that_fail_in_a_put_are_put_again(kinesalite: Kinesis) -> None:
    stream = make(kinesalite.url, 2)
    events = client(kinesalite.url).meta.events
    held: list[Any] = []

    def hold_back(params: dict[str, Any], **_: Any) -> None:
        records = params["Records"]
        if len(records) > 3 and len(held) < 4:
            held.append(len(records))
            params["Records"] = records[::2]

    def fail(parsed: dict[str, Any], **_: Any) -> None:
        if held and held[-1] and "Records" in parsed:
            said, total = iter(parsed["Records"]), held[-1]
            held[-1] = 0
            failed = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
            parsed["Records"] = [next(said) if place % 2 == 0 else failed for place in range(total)]
            parsed["FailedRecordCount"] = total // 2

    events.register("provide-client-params.kinesis.PutRecords", hold_back)
    events.register("after-call.kinesis.PutRecords", fail)
    try:
        KinesisWriter(stream, endpoint_url=kinesalite.url).put([(str(n), b"%d" % n) for n in range(100)])
    finally:
        events.unregister("provide-client-params.kinesis.PutRecords", hold_back)
        events.unregister("after-call.kinesis.PutRecords", fail)
    assert len(held) == 4
    assert Run.of(kinesalite.url, stream).to_tip().all == sorted(b"%d" % n for n in range(100))
