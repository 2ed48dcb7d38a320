"""What a rule's YAML says is what the model has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.definitions import load
from framework.definitions.durations import moment
from framework.definitions.kinds.detect import DETECTORS
from framework.definitions.rule import (
    Amount,
    Combined,
    During,
    Escalate,
    Fire,
    Leaf,
    Negated,
    NoData,
    Recover,
    Rule,
    leaves,
)
from framework.definitions.spec import Object
from framework.detectors import REGISTRY, Setting, make
from tests.definitions.made import CALENDAR, GOOD, RULE, loaded, write

HOUR = 3_600_000_000
DAY = 24 * HOUR
HEAD = "rule: r\ntitle: t\nowner: o\nkpi: failure_rate\nlevel: machine\nmessage: m\n"


def rules(folder: Path, text: str) -> tuple[Rule, ...]:
    """The rules of a folder with a good file of one more."""
    return loaded(folder, {"rule.yaml": text}).rules


def rule(folder: Path, text: str) -> Rule:
    """The rule of a file that says this much more."""
    return rules(folder, HEAD + text)[0]


def settings(folder: Path, detect: str) -> Any:
    """The settings of the one detector of a rule."""
    (leaf,) = leaves(rule(folder, f"detect: {detect}\n").detect)
    return dict(leaf.settings)


def test_all_of_a_rule(tmp_path: Path) -> None:
    failing, silent = rules(tmp_path, RULE)
    assert (failing.name, failing.title, failing.owner) == ("failing", "Fails often", "operations")
    assert (failing.kpi, failing.level, failing.mode) == ("failure_rate", "machine", "alert")
    assert isinstance(failing.detect, Combined)
    assert failing.detect.by == "and"
    assert [leaf.detector for leaf in leaves(failing.detect)] == ["rate", "peers"]
    assert failing.fire == Fire("above", 3, "critical")
    assert failing.recover == Recover(3, None, Amount(110, True), 0)
    assert failing.no_data == NoData(5, "keep", "silent")
    assert failing.during == During("plant", ("early",))
    assert (failing.min_volume, failing.reopen, failing.inhibits) == (50, 10, ("silent",))
    assert failing.message == "{machine} fails {value} {unit} (usual {expected})"
    assert failing.at.line == 1
    assert failing.spans["inhibits"].line == 12
    assert [leaf.at.line for leaf in leaves(failing.detect)] == [6, 6]
    assert (silent.name, silent.title, silent.kpi, silent.level) == (
        "silent",
        "Silent",
        "failure_rate",
        "machine",
    )
    assert (silent.owner, silent.fire.severity, silent.during) == ("operations", "critical", failing.during)
    assert silent.detect == Leaf("no_data", {"after": 5}, silent.at)


def test_the_shortest_rule(tmp_path: Path) -> None:
    text = "rule: too_much\nkpi: failure_rate\nlevel: machine\ndetect: {threshold: {above: 5}}\n"
    found, diagnostics, _ = load(write(tmp_path, {"rule.yaml": text}))
    assert found is not None
    assert [(one.code, one.severity) for one in diagnostics] == [("rule/undocumented", "warning")]
    (one,) = found.rules
    assert (one.title, one.owner, one.message, one.mode) == ("Too much", "", "", "alert")
    assert one.fire == Fire("above", 1, "warning")
    assert one.recover == Recover(1)
    assert (one.no_data, one.escalate, one.during, one.reopen, one.min_volume) == (None, None, None, 10, 0)


@pytest.mark.parametrize(
    ("detect", "expected"),
    [
        ("{threshold: {below: 900}}", {"below": 900.0, "above": None}),
        ("{change: {ago: 1h, by: 30%}}", {"ago": 60, "by": Amount(30, True), "floor": 0.0}),
        ("{change: {ago: 90s, by: 3}}", {"ago": 2, "by": Amount(3), "floor": 0.0}),
        (
            "{seasonal: {}}",
            {
                "period": "week",
                "bucket": HOUR,
                "low": 0.01,
                "high": 0.99,
                "history": 30,
                "half_life": 28 * DAY,
                "floor": Amount(5, True),
                "relearn": 2 * DAY,
            },
        ),
        (
            "{peers: {of: site, z: 4, below: 70 %, floor: 2.5}}",
            {
                "of": "site",
                "below": Amount(70, True),
                "above": None,
                "z": 4.0,
                "least": 3,
                "floor": Amount(2.5),
            },
        ),
        (
            "{rate: {}}",
            {"usual": None, "chance": 1e-4, "by": Amount(0), "half_life": 7 * DAY, "relearn": 2 * DAY},
        ),
        (
            "{range_break: {}}",
            {
                "over": 7 * DAY,
                "margin": Amount(5, True),
                "floor": Amount(1, True),
                "history": 100,
                "relearn": DAY,
            },
        ),
        (
            "{drift: {}}",
            {
                "slack": 0.5,
                "limit": 8.0,
                "half_life": 7 * DAY,
                "floor": Amount(1, True),
                "history": 100,
                "relearn": 2 * DAY,
            },
        ),
        (
            "{residual: {}}",
            {"short": 10, "long": 1440, "chance": 1e-5, "floor": Amount(1, True), "history": 100},
        ),
        ("{no_data: {}}", {"after": 1}),
        ("{no_data: {after: 3 windows}}", {"after": 3}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_settings_are_normal_values(tmp_path: Path, detect: str, expected: dict[str, object]) -> None:
    found = settings(tmp_path, detect)
    assert found == expected
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in expected.items()
    }


def test_settings_that_name_others(tmp_path: Path) -> None:
    kpi = GOOD["kpi.yaml"].replace("[site, reason]", "[machine, reason]")
    site = HEAD.replace("rule: r", "rule: s").replace("level: machine", "level: zone")
    found = loaded(
        tmp_path,
        {
            "kpi.yaml": kpi.replace("by: [machine,", "by: [machine, lanes,"),
            "pipeline.yaml": GOOD["pipeline.yaml"].replace(
                "  site: [site]", "  site: [site]\n  lanes: [site, zone, lane]"
            ),
            "a.yaml": HEAD
            + "detect: {mix: {of: failure_rate/reason, over: 30m}}\ncontributors: [failure_rate]\n",
            "b.yaml": site + "detect: {members: {of: lane_r, share: 25%, least: 2}}\ninhibits: [lane_r]\n",
            "c.yaml": HEAD.replace("rule: r", "rule: lane_r").replace("level: machine", "level: lanes")
            + "detect: {threshold: {above: 5}}\n",
        },
    ).rules
    assert [dict(leaf.settings) for one in found[:2] for leaf in leaves(one.detect)] == [
        {
            "of": "failure_rate/reason",
            "above": 0.2,
            "least": 30,
            "half_life": 7 * DAY,
            "over": 30,
            "relearn": 2 * DAY,
        },
        {"of": "lane_r", "share": 0.25, "least": 2},
    ]


@pytest.mark.parametrize(
    ("detect", "shape"),
    [
        ("{threshold: {above: 5}}", "threshold"),
        ("{threshold: {above: 5}, and: {drift: {}}}", ("and", "threshold", "drift")),
        ("{threshold: {above: 5}, or: [{drift: {}}, {rate: {}}]}", ("or", "threshold", "drift", "rate")),
        ("{not: {no_data: {}}, and: {drift: {}}}", ("and", ("not", "no_data"), "drift")),
        ("{drift: {}, and: {rate: {}, or: {no_data: {}}}}", ("and", "drift", ("or", "rate", "no_data"))),
        ("{not: {drift: {}, or: {rate: {}}}}", ("not", ("or", "drift", "rate"))),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_clauses_are_joined_as_written(tmp_path: Path, detect: str, shape: object) -> None:
    def shown(clause: object) -> object:
        if isinstance(clause, Combined):
            return (clause.by, *(shown(part) for part in clause.parts))
        return ("not", shown(clause.part)) if isinstance(clause, Negated) else getattr(clause, "detector", "")

    assert shown(rule(tmp_path, f"detect: {detect}\n").detect) == shape


@pytest.mark.parametrize(
    ("detect", "side"),
    [
        ("{drift: {}}", "above"),  # the KPI's better is lower
        ("{threshold: {below: 5}}", "below"),
        ("{threshold: {below: 5, above: 9}}", "outside"),
        ("{threshold: {below: 5}, and: {peers: {of: site, below: 70%}}}", "below"),
        ("{peers: {of: site, above: 150%, z: 3}}", "above"),
        ("{drift: {}, and: {threshold: {below: 5}}}", "above"),
        ("{drift: {}, and: {not: {threshold: {below: 5}}}}", "above"),
    ],
)
def test_the_side_that_counts(tmp_path: Path, detect: str, side: str) -> None:
    assert rule(tmp_path, f"detect: {detect}\n").fire.when == side


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no_data: ok", NoData(1, "ok")),
        ("no_data: {as: fire, after: 2 windows}", NoData(2, "fire")),
        ("no_data: {after: 90s}", NoData(2, "keep")),
        ("no_data: quiet", NoData(1, "keep", "quiet")),
    ],
)
def test_silence(tmp_path: Path, text: str, expected: NoData) -> None:
    assert rule(tmp_path, f"detect: {{drift: {{}}}}\n{text}\n").no_data == expected


def test_a_rule_with_a_file_is_not_made_for_silence(tmp_path: Path) -> None:
    text = "rule: silent\ntitle: t\nowner: o\nkpi: failure_rate\nlevel: machine\nmessage: m\n"
    changed = {"rule.yaml": RULE, "silent.yaml": text + "detect: {no_data: {after: 9 windows}}\n"}
    found = loaded(tmp_path, changed).rules
    assert [one.name for one in found] == ["failing", "silent"]
    assert found[1].detect == Leaf("no_data", {"after": 9}, found[1].at)


def test_escalate_and_during(tmp_path: Path) -> None:
    text = "detect: {drift: {}}\nescalate: {after: 10m, detect: {drift: {limit: 20}}}\nduring: plant\n"
    found = rule(tmp_path, text)
    assert found.during == During("plant")
    assert isinstance(found.escalate, Escalate)
    assert (found.escalate.to, found.escalate.after) == ("critical", 10)
    assert isinstance(found.escalate.detect, Leaf)
    assert found.escalate.detect.settings["limit"] == 20


def test_maintenance_is_in_local_time(tmp_path: Path) -> None:
    more = """maintenance:
  - {from: 2026-12-01 06:00, to: 2026-12-01 14:00:30, at: {site: North, lane: 07}, note: belts}
  - {from: 2026-10-25, to: 2026-10-26}
  - {from: 2026-10-25 02:30, to: 2026-10-25 03:30}
"""
    first, day, autumn = loaded(tmp_path, {"calendar.yaml": CALENDAR + more}).calendars[0].maintenance
    assert (first.start, first.end) == (moment("2026-12-01T05:00"), moment("2026-12-01T13:00:30"))
    assert (dict(first.at), first.note, first.at_span.line) == ({"site": "North", "lane": "07"}, "belts", 8)
    assert dict(day.at) == {}
    assert day.end - day.start == 25 * HOUR
    assert autumn.end - autumn.start == 2 * HOUR  # from the first half past two


def test_every_detector_has_keys() -> None:
    assert DETECTORS.keys() == REGISTRY.keys()


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_each_detector_takes_the_settings_that_its_keys_give(name: str) -> None:
    spec = DETECTORS[name].spec
    assert isinstance(spec, Object)
    keys = {field.name for field in spec.fields}
    keys = keys - {"band"} | {"low", "high"} if "band" in keys else keys
    detector = REGISTRY[name](Setting("below", 60_000_000, 60_000_000))
    assert keys == set(vars(detector)) - {"setting"}


@pytest.mark.parametrize("name", sorted(REGISTRY.keys() - {"threshold", "peers", "change", "mix", "members"}))
def test_the_defaults_are_the_detectors_own(tmp_path: Path, name: str) -> None:
    setting = Setting("below", 300_000_000, 60_000_000)
    (leaf,) = leaves(rule(tmp_path, f"detect: {{{name}: {{}}}}\n").detect)
    assert make(leaf, setting) == REGISTRY[name](setting)
