"""Rules in the pipeline: the same episodes in whatever batches, and with changed definitions."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.episodes.watched import RULES, happenings, watched
from tests.pipeline.events import Outcome, driver, outcome, run, written


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small world with rules of every kind."""
    return watched(tmp_path_factory.mktemp("watched"))


@pytest.fixture(scope="module")
def whole(definitions: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """All events in one batch."""
    return run(definitions, happenings(1), tmp_path_factory.mktemp("whole"))


def test_the_events_show_what_they_should(whole: Outcome) -> None:
    """Episodes of many rules, some taken back by late records, one for a hall with its machines inside."""
    states = {one["alert"]["state"] for one in whole.episodes}
    assert states == {"active", "resolved", "withdrawn"}
    assert {one["rule"]["name"] for one in whole.episodes} >= {
        "slow",
        "fell",
        "silent",
        "stopped",
        "odd",
        "rare",
    }
    (hall,) = (one for one in whole.episodes if one["rule"]["name"] == "stopped")
    assert hall["alert"]["members"]["silent"]["keys"] == ["A", "B"]
    silent = {one["dimensions"]["machine"] for one in whole.episodes if one["rule"]["name"] == "silent"}
    assert silent == {"D"}  # those of the hall are inside its episode
    assert whole.total["episodes.open"] == sum(one["alert"]["state"] == "active" for one in whole.episodes)
    assert len({one["_id"] for one in whole.episodes}) == len(whole.episodes)


@pytest.mark.parametrize(("batch", "partitions"), [(211, 1), (700, 3)])
def test_batches_and_partitions_change_nothing(
    definitions: Path, whole: Outcome, tmp_path: Path, batch: int, partitions: int
) -> None:
    found = run(definitions, happenings(1), tmp_path, batch=batch, partitions=partitions)
    assert found.commit.number > 4
    assert found.alerts == whole.alerts
    assert found.kpi == whole.kpi
    for what in ("fired", "withdrawn", "resolved", "reopened", "escalated", "open"):
        assert found.total.get(f"episodes.{what}") == whole.total.get(f"episodes.{what}")


def test_random_batches_of_two_shards_change_nothing(definitions: Path, tmp_path: Path) -> None:
    pick = random.Random(5)
    shards: dict[str, list[bytes]] = {"one": [], "two": []}
    for record in happenings(7, minutes=14):
        machine = json.loads(record)["machine"]
        shards["one" if machine in "AB" else "two"].append(record)
    alone = run(definitions, shards, tmp_path / "whole")
    assert len(alone.episodes) > 1
    for batch in (pick.randint(40, 900), pick.randint(40, 900)):
        found = run(definitions, shards, tmp_path / str(batch), batch=batch)
        assert found.alerts == alone.alerts


def test_a_cosmetic_edit_keeps_episodes_and_their_names(tmp_path: Path) -> None:
    """Half of the events, then other texts in the rule's file, then the rest, over one checkpoint."""
    records = happenings(1, minutes=12)
    first = records[: len(records) * 7 // 10]
    plain = {"slow": RULES["slow"]}
    edited = {"slow": "# Watched since the spring.\n" + RULES["slow"].replace("saw {value}", "had {value}")}
    whole = run(watched(tmp_path / "plain", plain), records, tmp_path / "alone")
    place = tmp_path / "run"
    source = written(tmp_path / "events", {"one": first})
    one = driver(tmp_path / "plain", source, place)
    one.until = "once"
    commit = one.run()
    one.checkpoint.close()
    assert commit.totals["episodes.fired"] == 1
    written(tmp_path / "events", {"one": records})
    two = driver(watched(tmp_path / "edited", edited), source, place, fresh=False)
    found = outcome(place, two.run())
    (was,), (now,) = whole.episodes, found.episodes
    assert now["_id"] == was["_id"] and now["alert"] == was["alert"]
    assert now["rule"]["definition"] == was["rule"]["definition"]
    assert "saw" in was["message"] and "had" in now["message"]


def test_a_removed_rule_ends_its_episodes(tmp_path: Path) -> None:
    records = happenings(1, minutes=12)
    first = records[: len(records) * 7 // 10]
    place, source = tmp_path / "run", written(tmp_path / "events", {"one": first})
    one = driver(watched(tmp_path / "with", {"slow": RULES["slow"]}), source, place)
    one.until = "once"
    one.run()
    one.checkpoint.close()
    written(tmp_path / "events", {"one": records})
    found = outcome(place, driver(watched(tmp_path / "without", {}), source, place, fresh=False).run())
    (episode,) = found.episodes
    assert episode["alert"]["state"] == "resolved" and episode["alert"]["end"]
    assert "the rule was removed" in episode["alert"]["reason"]
    assert not [name for name in found.commit.tables if name.startswith("rules/")]


def test_a_kpi_that_is_counted_otherwise_from_now_on_is_no_silence(tmp_path: Path) -> None:
    """Half of the events, then another formula, then the rest: no window is judged that has only a part."""
    records = happenings(1, minutes=8)
    rule = {"silent": RULES["silent"].replace("2 windows", "1 window")}
    place, source = tmp_path / "run", written(tmp_path / "events", {"one": records[: len(records) // 2]})
    one = driver(watched(tmp_path / "before", rule), source, place)
    one.until = "once"
    one.run()
    one.checkpoint.close()
    after = watched(tmp_path / "after", rule)
    kpi = after / "seen.yaml"
    kpi.write_text(kpi.read_text().replace("count()", "count(ms > 0)"))
    written(tmp_path / "events", {"one": records})
    found = outcome(place, driver(after, source, place, fresh=False).run())
    assert found.total.get("episodes.fired", 0) == 0


def test_a_level_of_other_fields_is_another_level(tmp_path: Path) -> None:
    """Its keys are none of those that the rule remembers: the episodes of those end."""
    records = happenings(1, minutes=12)
    rule = {"slow": RULES["slow"], "silent": RULES["silent"]}
    first = records[: len(records) * 7 // 10]
    place, source = tmp_path / "run", written(tmp_path / "events", {"one": first})
    one = driver(watched(tmp_path / "before", rule), source, place)
    one.until = "once"
    assert one.run().totals["episodes.open"] == 1
    one.checkpoint.close()
    after = watched(tmp_path / "after", rule)
    pipeline = after / "pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace("machine: [machine]", "machine: [hall, machine]"))
    written(tmp_path / "events", {"one": records})
    found = outcome(place, driver(after, source, place, fresh=False).run())
    assert {one["rule"]["name"] for one in found.episodes} == {"slow"}
    ended = next(one for one in found.episodes if "hall" not in one["alert"]["id"].split(":")[2:3])
    assert ended["alert"]["state"] == "resolved" and "removed" in ended["alert"]["reason"]
