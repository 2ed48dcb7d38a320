"""One mistake in a rule, or beside it: one diagnostic at its place, and none that only follows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from framework.definitions.build.world import World
from framework.definitions.codes import CODES
from tests.definitions.made import GOOD, RULE, WITH_RULE, brief, loaded, problems

FOLDER = Path(__file__).parent / "golden"
# What is replaced in the rule, by what; then line, column and code of the one diagnostic.
CASES: list[tuple[str, str, int, int, str]] = [
    ("rule: failing", "rule: 1st", 1, 7, "rule/bad-value"),
    ("owner: operations\n", "", 1, 7, "rule/undocumented"),
    ("kpi: failure_rate", "kpi: failure_rat", 4, 6, "rule/unknown-kpi"),
    ("kpi: failure_rate", "kpi: [failure_rate]", 4, 6, "rule/wrong-type"),
    ("kpi: failure_rate\n", "", 1, 1, "key/missing"),
    ("level: machine", "level: machin", 5, 8, "rule/unknown-level"),
    ("level: machine", "level:", 5, 1, "rule/wrong-type"),
    ("detect: {rate: {usual: 2%, by: 50%}, and", "detect: {and", 6, 1, "rule/no-detector"),
    (
        "detect: {rate: {usual: 2%, by: 50%},",
        "detect: {drift: {}, rate: {},",
        6,
        21,
        "rule/several-detectors",
    ),
    ("detect: {rate:", "detect: {rat:", 6, 10, "key/unknown"),
    ("usual: 2%", "usual: 2 pct", 6, 24, "rule/bad-value"),
    ("usual: 2%", "usual: 2 %", 6, 24, ""),
    ("usual: 2%", "usual: -2%", 6, 24, "rule/bad-value"),
    ("by: 50%", "chance: 5", 6, 36, "rule/bad-value"),
    ("of: site, ", "", 6, 44, "key/missing"),
    ("of: site", "of: machine", 6, 56, "rule/peers-alone"),
    ("of: site", "of: zone", 6, 56, "rule/not-within"),
    ("of: site", "of: sitte", 6, 56, "rule/unknown-dimension"),
    (", above: 150%", "", 6, 44, "rule/no-bound"),
    ("above: 150%", "above: 50%", 6, 69, "rule/thresholds"),
    ("and: {peers: {of: site, above: 150%}}", "and: []", 6, 43, "rule/too-few"),
    ("and: {peers", "or: {drift: {}}, and: {peers", 6, 38, "rule/and-or"),
    ("when: above", "when: up", 7, 14, "rule/bad-value"),
    ("for: 3 windows, severity", "for: 3, severity", 7, 26, "rule/bad-value"),
    ("for: 3 windows, severity", "for: 0s, severity", 7, 26, "rule/too-short"),
    ("below: 110%", "above: 110%", 8, 11, "rule/recover-side"),
    ("below: 110%", "below: lots", 8, 18, "rule/bad-value"),
    ("as: silent", "as: silent!", 9, 26, "rule/bad-value"),
    ("min_volume: 50", "min_volume: -1", 10, 13, "rule/bad-value"),
    ("calendar: plant", "calendar: plnt", 11, 20, "rule/unknown-calendar"),
    ("shifts: [early]", "shifts: [late]", 11, 36, "rule/unknown-shift"),
    ("shifts: [early]", "shifts: early", 11, 35, "rule/wrong-type"),
    ("inhibits: [silent]", "inhibits: [failing]", 12, 12, "rule/circle"),
    ("inhibits: [silent]", "inhibits: [silence]", 12, 12, "rule/unknown-rule"),
    ("inhibits: [silent]", "inhibit: [silent]", 12, 1, "key/unknown"),
    ("inhibits: [silent]", "contributors: [failure_rate]", 12, 16, "rule/no-contributors"),
    ("inhibits: [silent]", "mode: silent", 12, 7, "rule/bad-value"),
    ("{machine} fails", "{machin} fails", 13, 11, "rule/unknown-placeholder"),
    ("{machine} fails", "{machine fails", 13, 11, "rule/bad-message"),
]


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "code"), CASES, ids=[f"{case[4]}-{case[1][:30]}" for case in CASES]
)
def test_one_mistake_is_one_diagnostic(
    tmp_path: Path, old: str, new: str, line: int, column: int, code: str
) -> None:
    assert RULE.count(old) == 1
    expected = [("rule.yaml", line, column, code)] if code else []
    assert brief(tmp_path, {"rule.yaml": RULE.replace(old, new)}) == expected


# Mistakes in other files, of which the rule must not speak.
OTHERS: list[tuple[str, str, str]] = [
    ("kpi", 'unit: "%"', "unit: %"),
    ("kpi", "kpi: failure_rate", "kpi: failure rate"),
    ("kpi", "kpi: failure_rate", "kip: failure_rate"),
    ("kpi", "[machine, zone, [site, reason]]", "[machin, zone, [site, reason]]"),
    ("kpi", "[machine, zone, [site, reason]]", "machine"),
    ("kpi", "window: {size: 5m, every: 1m}", "window: 5m"),
    ("calendar", "calendar: plant", "calender: plant"),
    ("calendar", "  early: mon-fri 06:00-14:00", "  early: monday"),
    ("calendar", "timezone: Europe/Berlin\n", ""),
    ("pipeline", "  machine: [machine]", "  machine: machine"),
    ("pipeline", "  machine: [machine]", "  machine: [machne]"),
    ("pipeline", "levels:", "levles:"),
    ("zones", "set: {site: North}", "sets: {site: North}"),
    ("zones", "zones: north", "zone: north"),
    ("zones", "set: {site: North}", "set: {site: North"),
]


@pytest.mark.parametrize(("kind", "old", "new"), OTHERS, ids=[f"{one[0]}-{one[2][:30]}" for one in OTHERS])
def test_what_follows_from_other_files_is_not_said(tmp_path: Path, kind: str, old: str, new: str) -> None:
    name = f"{kind}.yaml"
    assert GOOD[name].count(old) == 1
    found = brief(tmp_path, {"rule.yaml": RULE, name: GOOD[name].replace(old, new)})
    assert found
    assert not [one for one in found if one[0] == "rule.yaml"]


def test_a_broken_rule_takes_its_name_with_it(tmp_path: Path) -> None:
    other = RULE.replace("rule: failing", "rule: other").replace("inhibits: [silent]", "inhibits: [failing]")
    for broken in (
        RULE.replace("kpi: failure_rate\n", ""),
        RULE.replace("detect: {rate", "detect: {rat"),
        "rule: failing\n",
    ):
        found = brief(tmp_path, {"rule.yaml": broken, "other.yaml": other})
        assert {one[0] for one in found} == {"rule.yaml"}, found


@pytest.mark.parametrize("code", sorted(code for code in CODES if code.startswith("rule/")))
def test_every_code_is_shown(code: str) -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt"))
    general = code.split("/")[1] in ("too-few", "too-many")
    assert general or re.search(rf": {code}: ", shown)


def test_levels_within_levels(tmp_path: Path) -> None:
    pipeline = GOOD["pipeline.yaml"].replace(
        "  site: [site]", "  site: [site]\n  region: [region]\n  lane: [machine, lane]"
    )
    zones = GOOD["zones.yaml"].replace("set: {site: North}", "set: {site: North, region: coast}")
    south = zones.replace("zones: north", "zones: south").replace("North", "South").replace("M-", "S-")
    found = loaded(
        tmp_path,
        {"pipeline.yaml": pipeline, "zones.yaml": zones, "south.yaml": south.replace("X-[0-3]", "Y-[0-3]")},
    )
    world = World(found.pipeline, found.dimensions, found.zones, {}, {}, {}, frozenset(), frozenset())
    levels = world.levels
    within = {(one, other) for one in levels for other in levels if world.belongs(levels[one], levels[other])}
    assert within == {
        *((name, name) for name in levels),
        ("machine", "site"),
        ("machine", "region"),
        ("zone", "site"),
        ("zone", "region"),
        ("site", "region"),
        ("lane", "machine"),
        ("lane", "site"),
        ("lane", "region"),
        ("lane", "zone"),
    }


def test_every_diagnostic_has_words(tmp_path: Path) -> None:
    for number, (old, new, *_) in enumerate(CASES):
        for one in problems(tmp_path / str(number), {**WITH_RULE, "rule.yaml": RULE.replace(old, new)}):
            assert one.message and not one.message.endswith("."), one
            assert "\n" not in one.message + one.hint, one
