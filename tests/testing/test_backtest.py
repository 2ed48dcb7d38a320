"""`sortline backtest`: the episodes of a live run, and what other definitions would change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.cli.main import main
from framework.testing.comparison import compare
from tests.episodes.watched import RULES, happenings, watched
from tests.pipeline.events import run

CHOSEN = {name: RULES[name] for name in ("slow", "silent", "stopped", "odd")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Definitions, others, and recorded events."""
    folder = tmp_path_factory.mktemp("backtest")
    watched(folder / "now", CHOSEN)
    # One rule waits longer, another is not there any more.
    other = {**CHOSEN, "slow": CHOSEN["slow"].replace("for: 2 windows, severity", "for: 3 windows, severity")}
    watched(folder / "then", {name: text for name, text in other.items() if name != "odd"})
    (folder / "events.ndjson").write_bytes(b"".join(one + b"\n" for one in happenings(1)))
    return folder


def backtest(place: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert main(["backtest", str(place / "now"), "--source", f"file:{place / 'events.ndjson'}", *more]) == 0
    return capsys.readouterr().out


def test_episodes_are_those_of_a_run(place, tmp_path, capsys):
    found = json.loads(backtest(place, capsys, "--format", "json"))
    alerts = run(place / "now", happenings(1), tmp_path, batch=700).episodes
    stand = {one["_id"]: one for one in alerts if one["alert"]["state"] != "withdrawn"}
    assert {one["_id"]: one for one in found["episodes"]} == stand
    assert found["records"] == len(happenings(1))
    assert set(found["rules"]) == set(CHOSEN)
    assert found["rules"]["slow"]["episodes"] == sum(one["rule"]["name"] == "slow" for one in stand.values())
    assert found["rules"]["odd"]["mode"] == "shadow"
    assert found["rules"]["stopped"]["keys"] == {"H": 1}


def test_what_other_definitions_change(place, capsys):
    found = json.loads(backtest(place, capsys, "--against", str(place / "then"), "--format", "json"))
    changes = found["changes"]
    assert {one["rule"]["name"] for one in changes["appear"]} >= {"odd"}
    assert all(one["before"]["rule"]["name"] == "slow" for one in changes["move"])
    moved = {
        (one["before"]["dimensions"]["machine"], one["after"]["dimensions"]["machine"])
        for one in changes["move"]
    }
    assert ("C1", "C1") in moved
    assert changes["same"] == sum(one["rule"]["name"] in ("silent", "stopped") for one in found["episodes"])
    text = backtest(place, capsys, "--against", str(place / "then"))
    assert f"{changes['same']:,} stay as they are" in text and "moved" in text and "odd (shadow)" in text


def test_without_episodes_every_rule_is_told(place, tmp_path, capsys):
    (tmp_path / "none.ndjson").write_text("")
    assert main(["backtest", str(place / "now"), "--source", f"file:{tmp_path / 'none.ndjson'}"]) == 0
    out = capsys.readouterr().out
    assert "0 records, 4 rules, 0 episodes" in out and "slow: none" in out


def test_what_can_not_be_tested(place, tmp_path, capsys):
    assert main(["backtest", str(place / "now"), "--source", "kinesis:events"]) == 2
    assert "--source file:PATH" in capsys.readouterr().err
    assert main(["backtest", str(place / "now"), "--source", f"file:{tmp_path / 'gone'}"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_episodes_are_paired_by_rule_key_and_overlap():
    def episode(rule: str, key: str, start: str, end: str | None, severity: str = "warning"):
        alert = {"state": "resolved" if end else "active", "start": start, "fired": start, "end": end}
        identity = f"alert:{rule}:machine:{key}:2026-10-05T10:00:00Z"
        return {"_id": identity, "rule": {"name": rule, "severity": severity}, "alert": alert}

    same = episode("slow", "A", "10:00", "10:05")
    old = [same, episode("slow", "B", "10:00", "10:05"), episode("slow", "C", "10:00", None)]
    new = [same, episode("slow", "B", "11:00", "11:05"), episode("slow", "C", "10:02", "10:03")]
    found = compare(old, new)
    assert found.same == 1
    assert [one["_id"].split(":")[3] for one in found.appear] == ["B"]
    assert [one["_id"].split(":")[3] for one in found.go] == ["B"]
    assert [(before["alert"]["start"], after["alert"]["start"]) for before, after in found.moved] == [
        ("10:00", "10:02")
    ]
