"""The file sink: the newest version of each document, in one file a kind."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from framework.sinks import Documents, Sink, SinkUnavailable, open_sink
from tests.sinks.made import START, definitions, documents


def opened(folder: Path, *, fresh: bool = True) -> Sink:
    sink = open_sink(f"file:{folder / 'out'}", namespace="test")
    sink.setup(definitions(folder), fresh=fresh)
    again: Sink = pickle.loads(pickle.dumps(sink))
    return again


def lines(folder: Path, name: str = "kpi.ndjson") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out" / name).read_text().splitlines()]


def test_the_newest_version_stands(tmp_path: Path) -> None:
    sink = opened(tmp_path)
    sink.write(documents(range(10), 1.0), version=1, part="1-0-close")
    sink.write(documents(range(5), 3.0), version=3, part="3-0-close")
    sink.write(documents(range(7), 2.0), version=2, part="2-0-close")
    sink.finish()
    found = lines(tmp_path)
    assert [one["kpi"]["value"] for one in found] == [3.0] * 5 + [2.0] * 2 + [1.0] * 3
    assert [one["_id"] for one in found] == [f'kpi:power:"m{n}":é' for n in range(10)]
    assert found[0]["dimensions"]["hall"] == "nörth"
    assert lines(tmp_path, "alerts.ndjson") == lines(tmp_path, "deadletters.ndjson") == []


def test_a_replay_and_a_second_finish_change_nothing(tmp_path: Path) -> None:
    sink = opened(tmp_path)
    for _ in range(2):
        sink.write(documents(range(10), 1.0), version=1, part="1-0-close")
        sink.write(documents(range(10), 2.0), version=2, part="2-0-close")
        sink.finish()
        first = (tmp_path / "out/kpi.ndjson").read_bytes()
        sink.finish()
        assert (tmp_path / "out/kpi.ndjson").read_bytes() == first
    assert {one["kpi"]["value"] for one in lines(tmp_path)} == {2.0} and len(lines(tmp_path)) == 10


def test_a_run_that_carries_on_merges(tmp_path: Path) -> None:
    sink = opened(tmp_path)
    sink.write(documents(range(10), 1.0), version=1, part="1-0-close")
    sink.finish()
    sink = opened(tmp_path, fresh=False)
    sink.write(documents(range(8, 12), 2.0), version=2, part="2-0-close")
    sink.finish()
    assert sorted(one["kpi"]["value"] for one in lines(tmp_path)) == [1.0] * 8 + [2.0] * 4
    assert len(list((tmp_path / "out/.parts").glob("kpi-*"))) == 1


def test_a_fresh_run_clears(tmp_path: Path) -> None:
    sink = opened(tmp_path)
    sink.write(documents(range(10)), version=9, part="9-0-close")
    sink.finish()
    (tmp_path / "out/mine.txt").write_text("kept")
    sink = opened(tmp_path)
    assert not (tmp_path / "out/kpi.ndjson").exists()
    sink.write(documents(range(20, 22)), version=1, part="1-0-close")
    sink.finish()
    assert len(lines(tmp_path)) == 2
    assert (tmp_path / "out/mine.txt").exists()


def test_kinds_and_order(tmp_path: Path) -> None:
    sink = opened(tmp_path)
    frame = pl.DataFrame(
        {"id": ["b", "a", "c"], "time": [START, START, START - 1], "source": ['{"x":1}'] * 3}
    )
    sink.write(Documents("deadletter", frame), version=1, part="1-read-a/b.ndjson-0")
    sink.finish()
    assert [one["_id"] for one in lines(tmp_path, "deadletters.ndjson")] == ["c", "a", "b"]
    assert lines(tmp_path) == []


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SinkUnavailable, match="out can't be written"):
        opened(tmp_path)


@pytest.mark.parametrize("spec", ["file:", "out", "s3:bucket", "elasticsearch:"])
def test_what_is_no_sink(spec: str) -> None:
    with pytest.raises(SinkUnavailable, match="is no sink: write store:PATH"):
        open_sink(spec, namespace="test")
