"""New definitions while a run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from framework.cli import watching
from framework.cli.planning import plan_of
from framework.cli.watching import Watch
from framework.plan import Plan
from framework.sinks import open_sink
from framework.sources import open_source
from framework.state import Checkpoint, FolderStore
from runners.driver import Driver
from runners.local import LocalExecutor
from tests.pipeline.events import BEGIN
from tests.pipeline.tiny import tiny

Documents = dict[str, dict[str, Any]]
Edit = Callable[[Path], None]
SLOW = 'kpi: slow\nunit: "%"\nby: [machine]\nwindow: {size: 1m}\nvalue: 100 * count(ms > 5) / count()\n'


@pytest.fixture
def definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Definitions of their own, looked at before each tick."""
    monkeypatch.setattr(watching, "_EVERY", 0.0)
    folder = tmp_path / "definitions"
    tiny(folder)
    (folder / "slow.yaml").write_text(SLOW)
    return folder


def run(definitions: Path, place: Path, edit: Edit | None = None) -> tuple[Documents, list[str]]:
    """The documents of a run of 12 ticks, with an edit before the fifth, and what was said."""
    place.mkdir()
    events = place / "events.ndjson"
    lines = []
    for n in range(120):
        moment = (BEGIN + timedelta(seconds=10 * n)).isoformat()
        lines.append(json.dumps({"id": f"e{n}", "ts": moment, "machine": "AB"[n % 2], "ms": n % 10}))
    events.write_text("\n".join(lines) + "\n")
    plan, loaded = plan_of(str(definitions))
    checkpoint = Checkpoint(FolderStore(place / "checkpoint", durable=False), plan.name)
    sink = open_sink(f"file:{place / 'out'}", namespace=plan.namespace)
    sink.setup(loaded, fresh=True)
    said: list[str] = []
    watch = Watch(str(definitions), plan, loaded, lambda new: sink.setup(new, fresh=False), said.append)
    asked = 0

    def renewed() -> Plan | None:
        nonlocal asked
        asked += 1
        if asked == 4 and edit:
            edit(definitions)
        return watch()

    source = open_source(f"file:{events}", endpoint_url=None, start=None)
    driver = Driver(plan, source, sink, checkpoint, LocalExecutor(), until="end", batch_records=10)
    driver.renewed = renewed
    driver.run()
    checkpoint.close()
    found = [json.loads(line) for line in (place / "out/kpi.ndjson").read_text().splitlines()]
    return {one["_id"]: one for one in found}, said


def of(documents: Documents, kpi: str) -> Documents:
    """The documents of one KPI, but for the hash of its definition."""
    return {
        key: one | {"kpi": {k: v for k, v in one["kpi"].items() if k != "definition"}}
        for key, one in documents.items()
        if one["kpi"]["name"] == kpi
    }


def test_a_changed_formula_starts_anew_and_the_others_go_on(definitions: Path, tmp_path: Path) -> None:
    whole, _ = run(definitions, tmp_path / "whole")

    def edit(folder: Path) -> None:
        (folder / "slow.yaml").write_text(SLOW.replace("ms > 5", "ms > 7"))

    found, said = run(definitions, tmp_path / "edited", edit)
    assert said[0].startswith("new definitions ") and said[1:] == [
        "  slow: changed, starts anew with its next window"
    ]
    others = {one["kpi"]["name"] for one in whole.values()} - {"slow"}
    assert others
    for kpi in others:
        assert of(found, kpi) == of(whole, kpi)
    new, old = of(found, "slow"), of(whole, "slow")
    missing = {one["kpi"]["window"]["start"] for key, one in old.items() if key not in new}
    assert len(missing) == 1  # the window in which it changed, which neither formula saw whole
    edited = missing.pop()
    differ = {key for key in new if new[key]["kpi"]["value"] != old[key]["kpi"]["value"]}
    assert differ and all(new[key]["kpi"]["window"]["start"] > edited for key in differ)
    assert new.keys() < old.keys()


def test_a_formula_of_what_was_counted_keeps_its_open_windows(definitions: Path, tmp_path: Path) -> None:
    whole, _ = run(definitions, tmp_path / "whole")

    def edit(folder: Path) -> None:
        (folder / "slow.yaml").write_text(SLOW.replace("100 * count(ms > 5)", "50 * count(ms > 5)"))

    found, said = run(definitions, tmp_path / "edited", edit)
    assert said[1:] == ["  slow: changed, keeps its open windows"]
    last = list(of(found, "slow").values())[-1]
    assert last["kpi"]["value"] * 2 == pytest.approx(of(whole, "slow")[last["_id"]]["kpi"]["value"])


def test_new_and_removed_ones_are_said(definitions: Path, tmp_path: Path) -> None:
    def edit(folder: Path) -> None:
        (folder / "slow.yaml").rename(folder / "fast.yaml")
        (folder / "fast.yaml").write_text(SLOW.replace("slow", "fast").replace("ms > 5", "ms < 2"))

    found, said = run(definitions, tmp_path / "edited", edit)
    assert said[1:] == ["  fast: new", "  slow: removed: its open windows stay as they are"]
    starts = sorted(one["kpi"]["window"]["start"] for one in of(found, "fast").values())
    assert starts and starts[0] > sorted(one["kpi"]["window"]["start"] for one in found.values())[0]


def test_lines_that_move_and_comments_change_nothing(definitions: Path, tmp_path: Path) -> None:
    whole, _ = run(definitions, tmp_path / "whole")

    def edit(folder: Path) -> None:
        for path in folder.rglob("*.yaml"):
            path.write_text("# why\n\n" + path.read_text())

    found, said = run(definitions, tmp_path / "edited", edit)
    assert len(said) == 1
    for kpi in {one["kpi"]["name"] for one in whole.values()}:
        assert of(found, kpi) == of(whole, kpi)


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("slow.yaml", "count(ms > 5)", "count(ms > )", "1 problem(s)"),
        ("slow.yaml", "count(ms > 5)", "count(mss > 5)", "1 problem(s)"),
        ("pipeline.yaml", "pipeline: tiny", "pipeline: other", "a checkpoint of its own"),
        ("pipeline.yaml", "pipeline: tiny", "pipeline: tiny\nsink: {store: x.db}", "a new sink"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_and_the_run_goes_on(
    definitions: Path, tmp_path: Path, name: str, before: str, after: str, told: str
) -> None:
    whole, _ = run(definitions, tmp_path / "whole")

    def edit(folder: Path) -> None:
        path = folder / name
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))

    found, said = run(definitions, tmp_path / "edited", edit)
    assert told in said[-1] and "goes on with definitions" in said[-1]
    assert found == whole
