"""Tables packed into objects: what is read, what it costs, what is left behind, and the earlier format."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.state import Checkpoint, CheckpointError, Commit, FolderStore, ObjectStore, Segment, tables
from framework.state.tables import load, save, save_all, sparse

Asked = list[tuple[str, int, int | None]]


@pytest.fixture
def asked(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What is asked of the store; and nothing is in the process's cache."""
    found: Asked = []
    get: Callable[..., bytes] = type(store).get

    def told(self: ObjectStore, name: str, start: int = 0, length: int | None = None) -> bytes:
        found.append((name, start, length))
        return get(self, name, start, length)

    monkeypatch.setattr(type(store), "get", told)
    return found


def frame(number: int, rows: int = 3) -> pl.DataFrame:
    return pl.DataFrame({"x": [number] * rows, "text": [f"{number}."] * rows})


def forget() -> None:
    """As in a worker that has just been started."""
    tables._cache.clear()


def test_tables_of_one_object_come_back_at_one_request(store: ObjectStore, asked: Asked) -> None:
    frames = {f"g/{n}": frame(n, rows=n) for n in range(12)}
    packed = save_all(store, "state/1-a/0.arrow", frames)
    assert store.names("state/") == ["state/1-a/0.arrow"]
    assert list(packed) == list(frames)
    assert [one.rows for one in packed.values()] == list(range(12))
    assert all(one.offset % 8 == 0 for one in packed.values())
    whole = len(store.get("state/1-a/0.arrow"))
    assert {one.whole for one in packed.values()} == {whole}
    assert whole - 12 * 8 < sum(one.bytes for one in packed.values()) <= whole
    asked.clear()
    for found, given_ in zip(load(store, packed.values()), frames.values(), strict=True):
        assert found.equals(given_)
    assert not asked
    forget()
    wanted = [*reversed(packed.values()), packed["g/3"]]
    for found, number in zip(load(store, wanted), [*reversed(range(12)), 3], strict=True):
        assert found.equals(frames[f"g/{number}"])
    assert asked == [("state/1-a/0.arrow", 0, None)]


def test_what_is_far_apart_is_read_by_ranges(
    store: ObjectStore, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = list(save_all(store, "state/1-a/0.arrow", {str(n): frame(n) for n in range(9)}).values())
    other = save_all(store, "state/2-a/0.arrow", {"other": frame(9)})["other"]
    forget()
    monkeypatch.setattr(tables, "_GAP", 2 * packed[0].bytes)
    wanted = [packed[n] for n in (8, 1, 3)]
    assert [found["x"][0] for found in load(store, [*wanted, other])] == [8, 1, 3, 9]
    near = packed[3].offset + packed[3].bytes - packed[1].offset
    assert sorted(asked) == [
        ("state/1-a/0.arrow", packed[1].offset, near),
        ("state/1-a/0.arrow", packed[8].offset, packed[8].bytes),
        ("state/2-a/0.arrow", 0, None),
    ]
    asked.clear()
    assert [found["x"][0] for found in load(store, [packed[2], packed[3]])] == [2, 3]
    assert asked == [("state/1-a/0.arrow", packed[2].offset, packed[2].bytes)]


def test_an_object_that_was_cut_short_is_told(store: ObjectStore) -> None:
    packed = save_all(store, "state/1-a/0.arrow", {str(n): frame(n) for n in range(3)})
    forget()
    store.put("state/1-a/0.arrow", store.get("state/1-a/0.arrow")[:-1])
    for wanted in (packed.values(), [packed["2"]]):
        with pytest.raises(CheckpointError, match=r"only a part of state/1-a/0\.arrow"):
            load(store, wanted)
    assert load(store, [packed["1"]])[0].equals(frame(1))


def test_tables_go_to_a_new_object_when_they_need_less_than_half_of_an_old_one() -> None:
    def held(name: str, size: int, whole: int) -> tuple[Segment, ...]:
        return (Segment(name=name, rows=1, bytes=size, whole=whole),)

    half = {"a": held("x", 30, 100), "b": held("x", 20, 100)}
    assert sparse(half) == []
    assert sparse({"a": half["a"]}) == ["a"]
    assert sparse({**half, "b": held("x", 19, 100), "c": held("y", 1, 1)}) == ["a", "b"]
    assert sparse({"ids": (*held("y", 5, 5), *held("z", 1, 3))}) == ["ids"]
    assert sparse({"before sizes were kept": (Segment(name="x", rows=1),)}) == []
    assert sparse({"of format 1": (Segment(name="x", rows=1, bytes=5),)}) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ticks=st.lists(
        st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 4_000), max_size=6), min_size=1, max_size=12
    )
)
def test_objects_are_never_twice_what_the_tables_need(
    tmp_path_factory: pytest.TempPathFactory, ticks: list[dict[str, int]]
) -> None:
    store = FolderStore(tmp_path_factory.mktemp("garbage"), durable=False)
    now: dict[str, tuple[Segment, ...]] = {}
    held: dict[str, pl.DataFrame] = {}
    put = 0
    for number, rows in enumerate(ticks):
        frames = {name: frame(number, size) for name, size in rows.items()}
        stay = {name: segments for name, segments in now.items() if name not in frames}
        moved = {name: load(store, stay[name])[0] for name in sparse(stay)} if frames else {}
        if frames:
            new = save_all(store, f"state/{number}", frames | moved)
            put += sum(segment.bytes for segment in new.values())
            now = now | {name: (segment,) for name, segment in new.items()}
            held = held | frames
        sizes = commit(**now).sizes
        store.delete_many(set(store.names("state/")) - sizes.keys())
        assert sizes == {name: len(store.get(name)) for name in store.names("state/")}
        needed = sum(segment.bytes for (segment,) in now.values())
        assert sum(sizes.values()) <= 2 * needed + 8 * len(now)
    forget()
    for name, expected in held.items():
        assert load(store, now[name])[0].equals(expected)


def commit(**named: tuple[Segment, ...]) -> Commit:
    return Commit(number=1, attempt="a", definitions="d", version=1, started=1, tables=named)


@pytest.mark.parametrize("known", [True, False])
def test_a_checkpoint_of_format_1_is_read(store: ObjectStore, asked: Asked, known: bool) -> None:
    """An object for each segment, of which the commit says little."""
    told: dict[str, list[dict[str, object]]] = {}
    for number in range(3):
        buffer = io.BytesIO()
        frame(number).write_ipc(buffer, compression="lz4")
        store.put(f"state/0000000001-a/0-{number}.arrow", buffer.getvalue())
        size = {"bytes": len(buffer.getvalue())} if known else {}
        told[f"0/{number}"] = [{"name": f"state/0000000001-a/0-{number}.arrow", "rows": 3, "high": 7, **size}]
    text = {"number": 1, "attempt": "a", "definitions": "d", "version": 1, "started": 1, "tables": told}
    store.put("commits/0000000001.json", json.dumps(text).encode())
    store.put("meta.json", json.dumps({"format": 1, "pipeline": "p", "partitions": 3}).encode())
    asked.clear()
    checkpoint = Checkpoint(store, "p")
    checkpoint.close()
    last = checkpoint.last_commit()
    assert last is not None and checkpoint.partitions == 3
    assert last.files == {f"state/0000000001-a/0-{n}.arrow" for n in range(3)}
    found = load(store, [segment for segments in last.tables.values() for segment in segments])
    assert all(one.equals(frame(number)) for number, one in enumerate(found))
    assert sparse(last.tables) == []
    assert {length for name, _, length in asked if name in last.files} == {None}
    # Versions that know format 1 alone must not read what is written from now on.
    assert json.loads(store.get("meta.json")) == {"format": 2, "pipeline": "p", "partitions": 3}


def test_a_checkpoint_of_a_format_to_come_is_refused_and_stays(store: ObjectStore) -> None:
    meta = json.dumps({"format": 3, "pipeline": "p", "partitions": 1}).encode()
    store.put("meta.json", meta)
    with pytest.raises(CheckpointError, match=r"format 3.*not of 'p' \(format 2\)"):
        Checkpoint(store, "p")
    assert store.get("meta.json") == meta


def test_one_table_has_an_object_of_its_own(store: ObjectStore) -> None:
    segment = save(store, "state/1-a/ids.arrow", frame(4), high=9)
    size = len(store.get(segment.name))
    assert segment == Segment(name=segment.name, rows=3, high=9, offset=0, bytes=size, whole=size)
    forget()
    assert load(store, [segment])[0].equals(frame(4))
