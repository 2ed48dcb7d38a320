"""The state in few objects: as many as partitions, bounded, and read anew by each worker."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from framework.state import Checkpoint, Commit, FolderStore, Segment, tables
from tests.pipeline.events import BEGIN, driver, outcome, run, written
from tests.pipeline.tiny import tiny

PARTITIONS = 3


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Definitions of a small world."""
    return tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    """Events of many machines at first, of one thereafter, so that most of the state stays as it is."""
    names = [f"C{n}" for n in range(40)]
    return [
        json.dumps(
            {
                "id": f"e{n}",
                "ts": (BEGIN + timedelta(seconds=n / 8)).isoformat(),
                "machine": names[n % 40] if n < 200 else "A",
                "ms": n % 97,
            }
        ).encode()
        for n in range(320)
    ]


@pytest.fixture(scope="module")
def whole(definitions: Path, records: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The documents of one batch."""
    return run(definitions, records, tmp_path_factory.mktemp("whole")).kpi


def test_a_tick_writes_an_object_a_partition_and_leaves_little_behind(
    definitions: Path, records: list[bytes], whole: str, tmp_path: Path
) -> None:
    source = written(tmp_path / "events", {"events": records})
    one = driver(definitions, source, tmp_path, batch=40, partitions=PARTITIONS)
    store, seen, kept = one.checkpoint.store, set[str](), []

    def look(commit: Commit) -> None:
        sizes = {name: len(store.get(name)) for name in store.names("state/")}
        assert sizes == commit.sizes
        new = [name for name in sizes.keys() - seen if "-ids-" not in name]
        assert len(new) <= PARTITIONS
        seen.update(sizes)
        packed = {segment.name for segment in named(commit) if "-ids-" not in segment.name}
        needed = sum(segment.bytes for segment in named(commit))
        assert sum(sizes.values()) <= 2 * needed + 8 * len(named(commit))
        kept.append(len(packed) - len(new))
        tables._cache.clear()  # as when each tick has a worker of its own

    one.on_tick = lambda status: look(status.commit)
    done = one.run()
    one.checkpoint.close()
    assert outcome(tmp_path, done).kpi == whole
    assert done.number == 8 and max(kept) > 0


def test_a_checkpoint_of_format_1_carries_on(
    definitions: Path, records: list[bytes], whole: str, tmp_path: Path
) -> None:
    source = written(tmp_path / "events", {"events": records})
    one = driver(definitions, source, tmp_path, batch=100, partitions=PARTITIONS)
    one.on_tick = lambda status: one.stop() if status.commit.number == 2 else None
    earlier(tmp_path / "checkpoint", one.run())
    one.checkpoint.close()
    again = driver(definitions, source, tmp_path, batch=100, partitions=PARTITIONS, fresh=False)
    done = again.run()
    again.checkpoint.close()
    assert (done.number, outcome(tmp_path, done).kpi) == (4, whole)


def named(commit: Commit) -> list[Segment]:
    """All segments of a commit."""
    return [segment for segments in commit.tables.values() for segment in segments]


def earlier(place: Path, commit: Commit) -> None:
    """Rewrite a checkpoint as format 1 had it: an object for each segment, and nothing else said of it."""
    store = FolderStore(place, durable=False)
    path = f"commits/{commit.number:010d}.json"
    text = json.loads(store.get(path))
    for table, segments in text["tables"].items():
        for place_, segment in enumerate(segments):
            name = f"state/{commit.number:010d}-{commit.attempt}/{table.replace('/', '-')}-{place_}.arrow"
            store.put(name, store.get(segment["name"], segment.pop("offset"), segment["bytes"]))
            del segment["whole"]
            segment["name"] = name
    store.put(path, json.dumps(text).encode())
    store.put("meta.json", json.dumps({**json.loads(store.get("meta.json")), "format": 1}).encode())
    for name in commit.files:
        store.delete(name)
    assert Checkpoint.read(store, commit.number)[0].number == commit.number
