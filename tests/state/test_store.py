"""A folder and S3 as object stores: what both promise, and the state's tables in them."""

from __future__ import annotations

import pickle
import threading

import polars as pl
import pytest

from framework.state import AlreadyExists, CheckpointError, FolderStore, ObjectStore, Segment, open_store
from framework.state.tables import load, save


def test_only_one_of_many_creates(tmp_path):
    won = []

    def create(mark: bytes) -> None:
        try:
            FolderStore(tmp_path).create("intents/1", mark * 100_000)
            won.append(mark)
        except AlreadyExists:
            pass

    threads = [threading.Thread(target=create, args=(bytes([65 + n]),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert FolderStore(tmp_path).get("intents/1") == won[0] * 100_000
    assert FolderStore(tmp_path).names("intents/") == ["intents/1"]


def test_of_two_that_create_at_once_one_wins_always(store: ObjectStore) -> None:
    rounds = 50
    start = threading.Barrier(2)
    won: list[list[str]] = [[] for _ in range(rounds)]

    def creator(who: str) -> None:
        for number in range(rounds):
            start.wait(60)
            try:
                store.create(f"intents/{number}", who.encode())
                won[number].append(who)
            except AlreadyExists:
                pass

    threads = [threading.Thread(target=creator, args=(who,)) for who in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(winners) for winners in won] == [1] * rounds
    for number, (winner,) in enumerate(won):
        assert store.get(f"intents/{number}") == winner.encode()


def test_put_get_delete(store: ObjectStore) -> None:
    store.put("a/b", b"1")
    store.put("a/b", b"2")
    assert store.get("a/b") == b"2"
    store.delete("a/b")
    store.delete("a/b")
    with pytest.raises(KeyError):
        store.get("a/b")
    assert store.names("a/") == []


@pytest.mark.parametrize(
    ("start", "length", "found"),
    [
        (0, None, b"0123456789"),
        (0, 10, b"0123456789"),
        (0, 1, b"0"),
        (3, 4, b"3456"),
        (9, 1, b"9"),
        (4, None, b"456789"),
        (8, 5, b"89"),
        (10, 5, b""),
        (99, None, b""),
    ],
)
def test_a_part_of_an_object(store: ObjectStore, start: int, length: int | None, found: bytes) -> None:
    store.put("a/b", b"0123456789")
    assert store.get("a/b", start, length) == found
    store.put("a/empty", b"")
    assert store.get("a/empty", start, length) == b""
    with pytest.raises(KeyError):
        store.get("a/c", start, length)


def test_create_changes_nothing_that_is_there(store: ObjectStore) -> None:
    store.create("a/b", b"same")
    for data in (b"same", b"other"):
        with pytest.raises(AlreadyExists):
            store.create("a/b", data)
    assert store.get("a/b") == b"same"


def test_names_are_sorted_and_of_the_prefix_alone(store: ObjectStore) -> None:
    for name in ("b/2", "b/1", "b/d/x y", "bb/1", "a"):
        store.put(name, b"")
    assert store.names("b/") == ["b/1", "b/2", "b/d/x y"]
    assert store.names("c/") == []
    store.delete_many(["b/1", "b/d/x y", "never"])
    assert store.names("b/") == ["b/2"]
    store.delete_many([])


def test_a_copy_for_a_worker_sees_the_same(store: ObjectStore) -> None:
    store.put("a/b", b"1")
    copy = pickle.loads(pickle.dumps(store))
    assert (copy.get("a/b"), str(copy)) == (b"1", str(store))


def test_tables_come_back_as_they_were(store: ObjectStore) -> None:
    frames = [pl.DataFrame({"x": [n, n + 1]}) for n in range(12)]
    segments = [save(store, f"state/1-a/{n}.arrow", frame) for n, frame in enumerate(frames)]
    assert [segment.bytes for segment in segments] == [len(store.get(one.name)) for one in segments]
    # Names that this process has not in its cache, so that it must read them.
    copies = [Segment(name=f"state/2-b/{n}.arrow", rows=2) for n in range(12)]
    for segment, copy in zip(segments, copies, strict=True):
        store.put(copy.name, store.get(segment.name))
    mixed = [*copies, segments[3], copies[0]]
    assert [frame["x"][0] for frame in load(store, mixed)] == [*range(12), 3, 0]
    with pytest.raises(CheckpointError, match=r"no state/3-c/t\.arrow any more"):
        load(store, [Segment(name="state/3-c/t.arrow", rows=1)])


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("state", "state"),
        ("/var/state", "/var/state"),
        ("s3://sorters/berlin/", "s3://sorters/berlin"),
        ("s3://sorters", "s3://sorters"),
    ],
)
def test_a_store_is_opened_by_its_address(spec: str, told: str) -> None:
    assert str(open_store(spec)) == told


@pytest.mark.parametrize("spec", ["s3://", "s3:///prefix", "s3a://sorters/x", "file:///tmp/x", "s3://a b/c"])
def test_other_addresses_are_refused(spec: str) -> None:
    with pytest.raises(CheckpointError, match="write a folder, or s3://BUCKET/PREFIX"):
        open_store(spec)
