"""The embedded store: upserts by version, readers beside a writer."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import pytest

from framework.sinks import Sink, SinkUnavailable, open_sink
from framework.sinks.store import latest, read
from tests.sinks.made import DAY, START, definitions, documents


def opened(folder: Path) -> tuple[Sink, str]:
    path = str(folder / "below/sortline.db")
    sink = open_sink(f"store:{path}", namespace="test")
    sink.setup(definitions(folder), fresh=True)
    again: Sink = pickle.loads(pickle.dumps(sink))
    return again, path


def test_the_newest_version_stands(tmp_path: Path) -> None:
    sink, path = opened(tmp_path)
    for version, value in [(1, 1.0), (3, 3.0), (2, 2.0), (3, 3.5)]:
        assert sink.write(documents(range(4), value), version=version, part=f"{version}-0-close") == []
    assert [one["kpi"]["value"] for one in read(path, "kpi")] == [3.5] * 4


def test_reading_what_is_newest(tmp_path: Path) -> None:
    sink, path = opened(tmp_path)
    sink.write(documents(range(9), days=3), version=1, part="1-0-close")
    sink.write(documents(range(2), kind="deadletter"), version=1, part="1-0-read")
    assert [one["@timestamp"][:10] for one in latest(path, kpi="power")] == [
        *["2026-11-26"] * 3,
        *["2026-11-25"] * 3,
        *["2026-11-24"] * 3,
    ]
    assert {one["kpi"]["level"] for one in latest(path, kpi="power", level="hall")} == {"hall"}
    assert len(latest(path, kpi="power", level="hall", limit=2)) == 2
    assert len(latest(path, kpi="power", since=START + 2 * DAY)) == 3
    assert latest(path, kpi="other") == []
    assert len(read(path, "deadletter")) == 2
    assert read(path, "kpi")[0]["_id"].startswith("kpi:power:")


def test_before_there_is_anything(tmp_path: Path) -> None:
    assert read(str(tmp_path / "none.db"), "kpi") == latest(str(tmp_path / "none.db"), kpi="power") == []
    assert not (tmp_path / "none.db").exists()


def test_readers_see_whole_writes(tmp_path: Path) -> None:
    sink, path = opened(tmp_path)
    sink.write(documents(range(200), 0), version=1, part="0")
    done = threading.Event()
    seen: list[set[float]] = []

    def watch() -> None:
        while not done.is_set():
            seen.append({one["kpi"]["value"] for one in read(path, "kpi")})

    reader = threading.Thread(target=watch)
    reader.start()
    for version in range(2, 12):
        sink.write(documents(range(200), version), version=version, part=str(version))
    done.set()
    reader.join()
    assert seen and all(len(values) == 1 for values in seen)


def test_several_writers(tmp_path: Path) -> None:
    sink, path = opened(tmp_path)

    def write(first: int) -> None:
        own: Sink = pickle.loads(pickle.dumps(sink))
        for at in range(first, first + 100, 10):
            own.write(documents(range(at, at + 10)), version=1, part=str(at))
        own.finish()

    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 100, 200, 300)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read(path, "kpi")) == 400


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "sortline.db").write_text("no database, and long enough to be looked at closely" * 20)
    sink = open_sink(f"store:{tmp_path / 'sortline.db'}", namespace="test")
    with pytest.raises(SinkUnavailable, match="can't be written: file is not a database"):
        sink.setup(definitions(tmp_path), fresh=True)
