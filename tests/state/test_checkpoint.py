"""The checkpoint over each store: one writer wins, and nothing is kept or removed that should not be."""

from __future__ import annotations

import json

import polars as pl
import pytest

from framework.state import (
    Checkpoint,
    CheckpointError,
    Commit,
    Fenced,
    FolderStore,
    Intent,
    ObjectStore,
    Segment,
)
from framework.state.checkpoint import KEPT, SWEEP
from framework.state.tables import load, save


def intent(number: int, definitions: str = "d") -> Intent:
    return Intent(number=number, clock=1, version=1, definitions=definitions, ranges=())


def commit(number: int, definitions: str = "d", **tables: tuple[Segment, ...]) -> Commit:
    return Commit(number=number, attempt="a", definitions=definitions, version=1, started=1, tables=tables)


def written(store: ObjectStore, name: str) -> Segment:
    store.put(name, b"state")
    return Segment(name=name, rows=1, bytes=5)


def tick(
    checkpoint: Checkpoint,
    number: int,
    definitions: str = "d",
    clean: bool = True,
    **tables: tuple[Segment, ...],
) -> None:
    checkpoint.write_intent(intent(number, definitions))
    done = commit(number, definitions, **tables)
    checkpoint.write_commit(done)
    if clean:
        checkpoint.clean(done, definitions)


def second(store: ObjectStore) -> Checkpoint:
    """A second run on a store, as from another machine."""
    held = Checkpoint(store, "p")
    held.close()
    return held


def test_a_second_writer_of_a_tick_is_fenced(store: ObjectStore) -> None:
    first, other = second(store), second(store)
    first.write_intent(intent(1))
    with pytest.raises(Fenced, match="another run"):
        other.write_intent(intent(1))
    first.write_commit(commit(1))
    with pytest.raises(Fenced):
        other.write_commit(commit(1))


def test_a_run_left_far_behind_is_fenced_though_its_names_are_free_again(store: ObjectStore) -> None:
    behind, other = second(store), second(store)
    tick(behind, 1)
    behind.write_intent(intent(2))
    other.write_commit(commit(2))
    for number in range(3, 3 + 2 * KEPT):
        tick(other, number)
    assert "intents/0000000003.json" not in store.names("intents/")
    with pytest.raises(Fenced):
        behind.write_commit(commit(2))
    with pytest.raises(Fenced):
        behind.write_intent(intent(3))
    last = other.last_commit()
    assert last is not None and last.number == 2 + 2 * KEPT


def test_a_checkpoint_belongs_to_one_pipeline(store: ObjectStore) -> None:
    second(store)
    with pytest.raises(CheckpointError, match="pipeline 'p'"):
        Checkpoint(store, "q")


def test_a_store_that_can_not_fence_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(FolderStore, "create", FolderStore.put)
    with pytest.raises(CheckpointError, match="conditional writes"):
        second(FolderStore(tmp_path))


def test_a_folder_tells_of_a_second_run_at_once(tmp_path):
    held = Checkpoint(FolderStore(tmp_path), "p")
    with pytest.raises(CheckpointError, match="in use by process"):
        Checkpoint(FolderStore(tmp_path), "p")
    held.close()
    Checkpoint(FolderStore(tmp_path), "p").close()


def test_what_no_commit_names_is_removed(store: ObjectStore) -> None:
    checkpoint = second(store)
    kept = save(store, "state/0000000001-a/t.arrow", pl.DataFrame({"x": [1, 2]}))
    save(store, "state/0000000001-b/t.arrow", pl.DataFrame({"x": [3]}))
    store.put("state/read me", b"not ours")
    store.put("attempts/0000000010-a.json", b"{}")
    store.put("attempts/0000000011-a.json", b"{}")
    for number in range(1, 31):
        tick(checkpoint, number, clean=False, t=(kept,))
    last = checkpoint.last_commit()
    assert last is not None and last.number == 30
    checkpoint.clean(last)
    assert store.names("state/") == ["state/0000000001-a/t.arrow", "state/read me"]
    assert len(store.names("commits/")) == len(store.names("intents/")) == KEPT
    assert store.names("attempts/") == ["attempts/0000000011-a.json"]
    assert load(store, last.tables["t"])[0]["x"].to_list() == [1, 2]
    assert checkpoint.pending(30) is None


def test_most_ticks_remove_what_they_replaced_without_a_listing_of_the_state(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = second(store)
    listed: list[str] = []
    names = type(store).names
    monkeypatch.setattr(
        type(store), "names", lambda self, prefix: listed.append(prefix) or names(self, prefix)
    )
    long = written(store, "state/0000000001-a/ids.arrow")
    for number in range(1, SWEEP):
        fresh = written(store, f"state/{number:010d}-a/t.arrow")
        tick(checkpoint, number, ids=(long,), t=(fresh,))
    assert listed.count("state/") == 1
    assert names(store, "state/") == sorted([long.name, fresh.name])
    assert len(names(store, "commits/")) == len(names(store, "intents/")) == KEPT


def test_files_of_dead_attempts_are_found_in_time_also_when_they_come_late(store: ObjectStore) -> None:
    written(store, "state/0000000001-dead/t.arrow")
    checkpoint = second(store)
    kept = written(store, "state/0000000001-a/t.arrow")
    tick(checkpoint, 1, t=(kept,))
    assert store.names("state/") == [kept.name]
    written(store, "state/0000000001-dead/t.arrow")
    later = written(store, f"state/{SWEEP + 1:010d}-b/t.arrow")
    for number in range(2, SWEEP):
        tick(checkpoint, number, t=(kept,))
    assert "state/0000000001-dead/t.arrow" in store.names("state/")
    tick(checkpoint, SWEEP, t=(kept,))
    # What belongs to a tick still to come may be that of a run that has taken over.
    assert store.names("state/") == [kept.name, later.name]


def test_plans_go_with_the_last_intent_that_names_them(store: ObjectStore) -> None:
    for name in ("lost", "old"):
        store.put(f"plans/{name}.pickle", b"")
    earlier = second(store)
    earlier.write_intent(intent(1, "old"))
    run = second(store)
    for name in ("new", "another run's"):
        store.put(f"plans/{name}.pickle", b"")
    # The pending tick is executed under the definitions it was named by; the run goes on with the new ones.
    run.write_commit(commit(1, "old"))
    run.clean(commit(1, "old"), "new")
    assert store.names("plans/") == ["plans/another run's.pickle", "plans/new.pickle", "plans/old.pickle"]
    for number in range(2, SWEEP + 1):
        tick(run, number, "new")
    assert store.names("plans/") == ["plans/another run's.pickle", "plans/new.pickle"]


def test_commits_of_before_sizes_were_kept_are_read(store: ObjectStore) -> None:
    checkpoint = second(store)
    tick(checkpoint, 1, clean=False, t=(written(store, "state/0000000001-a/t.arrow"),))
    text = json.loads(store.get("commits/0000000001.json"))
    del text["tables"]["t"][0]["bytes"]
    store.put("commits/0000000001.json", json.dumps(text).encode())
    last = checkpoint.last_commit()
    assert last is not None and last.tables["t"][0].bytes == 0
