"""The folder as an object store, and the checkpoint over it: one writer wins, nothing is half there."""

from __future__ import annotations

import threading

import polars as pl
import pytest

from framework.state import (
    AlreadyExists,
    Checkpoint,
    CheckpointError,
    Commit,
    Fenced,
    FolderStore,
    Intent,
    Segment,
)
from framework.state.tables import load, save


def intent(number: int) -> Intent:
    return Intent(number=number, clock=1, version=1, definitions="d", ranges=())


def commit(number: int, **tables: tuple[Segment, ...]) -> Commit:
    return Commit(number=number, attempt="a", definitions="d", version=1, started=1, tables=tables)


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


def test_put_get_delete(tmp_path):
    store = FolderStore(tmp_path)
    store.put("a/b", b"1")
    store.put("a/b", b"2")
    assert store.get("a/b") == b"2"
    store.delete("a/b")
    store.delete("a/b")
    with pytest.raises(KeyError):
        store.get("a/b")
    assert store.names("a/") == []


def test_a_second_writer_of_a_tick_is_fenced(tmp_path):
    first = Checkpoint(FolderStore(tmp_path), "p")
    first.close()  # as if it held the checkpoint on another machine
    second = Checkpoint(FolderStore(tmp_path), "p")
    first.write_intent(intent(1))
    with pytest.raises(Fenced, match="another run"):
        second.write_intent(intent(1))
    first.write_commit(commit(1))
    with pytest.raises(Fenced):
        second.write_commit(commit(1))


def test_a_checkpoint_belongs_to_one_pipeline_and_one_run(tmp_path):
    held = Checkpoint(FolderStore(tmp_path), "p")
    with pytest.raises(CheckpointError, match="in use by process"):
        Checkpoint(FolderStore(tmp_path), "p")
    held.close()
    with pytest.raises(CheckpointError, match="pipeline 'p'"):
        Checkpoint(FolderStore(tmp_path), "q")


def test_what_no_commit_names_is_removed(tmp_path):
    store = FolderStore(tmp_path)
    checkpoint = Checkpoint(store, "p")
    kept = save(store, "state/1-a/t.arrow", pl.DataFrame({"x": [1, 2]}))
    save(store, "state/1-b/t.arrow", pl.DataFrame({"x": [3]}))
    for number in range(1, 31):
        checkpoint.write_intent(intent(number))
        checkpoint.write_commit(commit(number, t=(kept,)))
    last = checkpoint.last_commit()
    assert last is not None and last.number == 30
    checkpoint.clean(last)
    assert store.names("state/") == ["state/1-a/t.arrow"]
    assert len(store.names("commits/")) == len(store.names("intents/")) == 20
    assert load(store, last.tables["t"])[0]["x"].to_list() == [1, 2]
    assert checkpoint.pending(30) is None
