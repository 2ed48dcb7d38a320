"""S3 through faults: what passes is waited out, what does not is explained, a lost answer fools no one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import polars as pl
import pytest

from framework.state import AlreadyExists, Checkpoint, CheckpointError, Commit, Fenced, Intent, Segment
from framework.state import s3 as module
from framework.state.s3 import S3Store
from framework.state.tables import load, save
from tests.services.kinesis import Kinesis
from tests.services.process import free_port
from tests.services.proxy import Answer, Proxy, Request
from tests.services.s3 import Bucket, refusal

Cut = Callable[[Request], Answer | None]


@pytest.fixture
def bucket(moto: Kinesis) -> Bucket:
    return Bucket(moto.url)


@pytest.fixture
def proxy(bucket: Bucket) -> Iterator[Proxy]:
    one = Proxy(bucket.url)
    yield one
    one.close()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer for less than `late` takes."""
    monkeypatch.setattr(module, "READ_TIMEOUT", 0.5)


@pytest.fixture
def store(bucket: Bucket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    """A store behind the proxy, with waits that tests can afford."""
    monkeypatch.setattr(module, "FIRST_WAIT", 0.005)
    yield bucket.store(url=proxy.url)
    module._client.cache_clear()


def forwarded(request: Request) -> Answer | None:
    return request.forward(request.body)


def cut_before(request: Request) -> Answer | None:
    return None


def cut_after(request: Request) -> Answer | None:
    request.forward(request.body)
    return None


def late(request: Request) -> Answer | None:
    answer = request.forward(request.body)
    time.sleep(1.0)
    return answer


def failed_after(request: Request) -> Answer | None:
    request.forward(request.body)
    return refusal(500, "InternalError")


def slow(request: Request) -> Answer | None:
    time.sleep(0.2)
    return request.forward(request.body)


def first(times: int, fault: Cut, then: Cut = forwarded) -> Cut:
    """A fault in the first requests."""
    left = iter(range(times))
    return lambda request: then(request) if next(left, None) is None else fault(request)


PASSING: dict[str, Cut] = {
    "slow": slow,
    "too late": late,
    "slow down": lambda request: refusal(503, "SlowDown", "Please reduce your request rate."),
    "internal error": lambda request: refusal(500, "InternalError"),
    "garbled": lambda request: Answer(502, b"<html>", (("content-type", "text/html"),)),
    "conflict": lambda request: refusal(409, "ConditionalRequestConflict"),
    "cut before": cut_before,
    "cut after": cut_after,
    "failed after": failed_after,
}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_waited_out(store: S3Store, proxy: Proxy, fault: str) -> None:
    def again() -> None:
        proxy.fault = first(2, PASSING[fault])

    again()
    store.create("intents/1", b"ours")
    again()
    store.put("state/1", b"state")
    again()
    assert store.get("intents/1") == b"ours"
    again()
    assert store.names("state/") == ["state/1"]
    again()
    store.delete_many(["state/1"])
    assert store.names("state/") == []


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("lost", [cut_after, late, failed_after])
def test_a_create_whose_answer_was_lost_is_ours(store: S3Store, proxy: Proxy, lost: Cut) -> None:
    proxy.fault = first(1, lost)
    store.create("intents/1", b"ours")
    assert store.get("intents/1") == b"ours"


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("lost", [cut_before, cut_after, late, failed_after])
@pytest.mark.parametrize("theirs", [b"same", b"other"])
def test_a_create_whose_answer_was_lost_is_theirs(
    store: S3Store, bucket: Bucket, proxy: Proxy, lost: Cut, theirs: bytes
) -> None:
    bucket.store().create("intents/1", theirs)
    proxy.fault = first(1, lost)
    with pytest.raises(AlreadyExists):
        store.create("intents/1", b"same")
    assert store.get("intents/1") == theirs


def test_another_run_that_wins_between_two_attempts_is_seen(
    store: S3Store, bucket: Bucket, proxy: Proxy
) -> None:
    def overtaken(request: Request) -> Answer | None:
        bucket.store().create("intents/1", b"same")
        return None

    proxy.fault = first(1, overtaken)
    with pytest.raises(AlreadyExists):
        store.create("intents/1", b"same")


def test_a_name_that_was_taken_and_is_gone_is_not_ours(store: S3Store, bucket: Bucket, proxy: Proxy) -> None:
    bucket.store().create("intents/1", b"theirs")

    def gone(request: Request) -> Answer | None:
        answer = request.forward(request.body)
        bucket.store().delete("intents/1")
        return answer

    proxy.fault = first(1, gone)
    with pytest.raises(AlreadyExists):
        store.create("intents/1", b"ours")


def test_a_tick_whose_every_answer_is_lost_once_is_one_tick(store: S3Store, proxy: Proxy) -> None:
    checkpoint = Checkpoint(store, "p")
    intent = Intent(number=1, clock=1, version=1, definitions="d", ranges=())
    commit = Commit(number=1, attempt="a", definitions="d", version=1, started=1)
    proxy.fault = first(1, cut_after)
    checkpoint.write_intent(intent)
    assert checkpoint.pending(0) == intent
    proxy.fault = first(1, cut_after)
    checkpoint.write_commit(commit)
    assert checkpoint.last_commit() == commit
    with pytest.raises(Fenced):
        checkpoint.write_commit(commit)


HOPELESS = {
    "permission": (403, "AccessDenied", "allow s3:ListBucket on bucket"),
    "bucket": (404, "NoSuchBucket", "there is no bucket"),
    "region": (301, "PermanentRedirect", "AWS_DEFAULT_REGION"),
    "credentials": (403, "InvalidAccessKeyId", "AWS_PROFILE"),
    "expired": (400, "ExpiredToken", "AWS_PROFILE"),
    "no conditional writes": (501, "NotImplemented", "conditional writes"),
    "other": (400, "InvalidRequest", "region and endpoint"),
}


@pytest.mark.parametrize("fault", HOPELESS)
def test_what_does_not_pass_is_explained_at_once(store: S3Store, proxy: Proxy, fault: str) -> None:
    status, code, told = HOPELESS[fault]
    asked: list[Request] = []
    proxy.fault = lambda request: asked.append(request) or refusal(status, code, "S3's own words")
    for call in (
        lambda: store.create("a/b", b""),
        lambda: store.put("a/b", b""),
        lambda: store.get("a/b"),
        lambda: store.names("a/"),
        lambda: store.delete("a/b"),
    ):
        asked.clear()
        with pytest.raises(CheckpointError, match=told) as error:
            call()
        assert str(store) in str(error.value)
        assert "S3's own words" in str(error.value)
        assert len(asked) <= 2  # the client looks once whether the bucket is in another region


def test_an_object_that_may_not_be_removed_is_told(store: S3Store, proxy: Proxy) -> None:
    def denied(request: Request) -> Answer:
        text = b"<DeleteResult><Error><Key>a</Key><Code>%s</Code><Message>no</Message></Error></DeleteResult>"
        return Answer(200, text % code, (("content-type", "application/xml"),))

    store.put("a", b"")
    code = b"InternalError"
    proxy.fault = first(2, denied)
    store.delete("a")
    code = b"AccessDenied"
    proxy.fault = denied
    with pytest.raises(CheckpointError, match="s3:DeleteObject"):
        store.delete("a")


def test_patience_ends(store: S3Store, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    proxy.fault = lambda request: refusal(503, "SlowDown")
    with pytest.raises(CheckpointError, match=r"out of reach.*run the same command again"):
        store.get("a")
    nobody = S3Store("bucket", "p", "us-east-1", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CheckpointError, match="out of reach"):
        nobody.get("a")


def test_a_bucket_that_is_not_there(bucket: Bucket) -> None:
    with pytest.raises(CheckpointError, match="there is no bucket nowhere-at-all"):
        Checkpoint(S3Store("nowhere-at-all", "p", "us-east-1", bucket.url), "p")


def test_missing_credentials_are_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    module._client.cache_clear()
    with pytest.raises(CheckpointError, match="AWS_PROFILE"):
        S3Store(bucket.name, "p", "us-east-1").get("a")
    module._client.cache_clear()


def test_long_listings_and_removals_come_in_pages(bucket: Bucket, proxy: Proxy) -> None:
    store = bucket.store(url=proxy.url)
    names = [f"state/{number:04d}" for number in range(1_003)]
    for name in names:
        bucket.client.put_object(Bucket=bucket.name, Key=f"checkpoints/one/{name}", Body=b"")
    bucket.client.put_object(Bucket=bucket.name, Key="checkpoints/one/state/", Body=b"")
    asked: list[str] = []
    proxy.fault = lambda request: asked.append(request.method) or forwarded(request)
    assert store.names("state/") == names
    store.delete_many(names)
    assert asked == ["GET", "GET", "POST", "POST"]
    assert bucket.keys() == ["checkpoints/one/state/"]


def test_state_is_read_several_files_at_a_time(store: S3Store, proxy: Proxy) -> None:
    kept = []
    for number in range(8):
        segment = save(store, f"state/1-a/{number}.arrow", pl.DataFrame({"x": [number]}))
        store.put(f"state/1-b/{number}.arrow", store.get(segment.name))
        kept.append(Segment(name=f"state/1-b/{number}.arrow", rows=1))
    proxy.fault = slow
    began = time.monotonic()
    assert [frame["x"][0] for frame in load(store, kept)] == list(range(8))
    assert time.monotonic() - began < 8 * 0.2


def test_a_service_that_knows_no_ranges_gives_the_same(store: S3Store, proxy: Proxy) -> None:
    def ranged(request: Request) -> Answer:
        answer = request.forward(request.body)
        assert answer.status == 206
        assert answer.body == b"34"
        return Answer(200, b"0123456789", answer.headers)

    store.put("a", b"0123456789")
    proxy.fault = ranged
    assert store.get("a", 3, 2) == b"34"
