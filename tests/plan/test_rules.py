"""Rules in the plan: what they look at, which belong together, what an edit does to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.cli.planning import plan_of
from framework.plan.changes import changes
from framework.plan.explain import as_json, explain
from tests.episodes.watched import RULES, watched

SHIPPED = Path(__file__).parents[2] / "kpi_defs"


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return plan_of(str(watched(tmp_path_factory.mktemp("rules"))))[0]


def test_rules_that_know_of_one_another_are_judged_together(plan):
    names = [sorted(watch.name for watch in cluster.watches) for cluster in plan.clusters]
    assert ["silent", "slow", "stopped"] in names
    assert sum(map(len, names)) == len(RULES)


def test_keys_are_parted_by_what_all_of_a_cluster_share(plan):
    fields = {watch.name: cluster.fields for cluster in plan.clusters for watch in cluster.watches}
    assert fields["stopped"] == fields["silent"] == ("hall",)
    assert fields["fell"] == ("hall",)  # its peers are those of the hall
    assert fields["odd"] == ("machine",)


def test_a_rule_looks_at_its_kpi_and_at_what_that_is_made_of(plan):
    mixed = next(watch for watch in plan.watches if watch.name == "mixed")
    assert (mixed.watched.name, mixed.watched.fields) == ("share@machine", ("machine",))
    assert [(part.name, part.field, part.watched.name) for part in mixed.parts] == [
        ("kinds/kind", "kind", "kinds@machine+kind")
    ]
    assert mixed.setting.ratio and mixed.setting.factor == 100.0
    assert mixed.file == "rule-mixed.yaml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("saw {value}", "had {value}", []),
        ("below: 8}", "below: 7}", ["changed: its open episodes go on"]),
        ("for: 2 windows, severity", "for: 3 windows, severity", ["changed: its open episodes go on"]),
        ("level: machine", "level: hall", ["watches something else: its open episodes end"]),
        ("reopen: 4 windows", "mode: shadow\nreopen: 4 windows", []),
    ],
)
def test_what_an_edit_does_to_a_rule(tmp_path, old, new, said):
    assert old in RULES["slow"]
    before = plan_of(str(watched(tmp_path / "before", {"slow": RULES["slow"]})))[0]
    edited = RULES["slow"].replace(old, new).replace("{machine} in ", "")
    after = plan_of(str(watched(tmp_path / "after", {"slow": edited})))[0]
    told = [sentence for sentence in changes(before, after).sentences if sentence.startswith("rule ")]
    assert len(told) == len(said)
    assert all(wanted in sentence for wanted, sentence in zip(said, told, strict=True))


def test_rules_that_come_and_go_are_told(tmp_path):
    one = plan_of(str(watched(tmp_path / "one", {"slow": RULES["slow"]})))[0]
    other = plan_of(str(watched(tmp_path / "other", {"silent": RULES["silent"]})))[0]
    assert changes(one, other).rules == (("silent", "new"), ("slow", "removed: its open episodes end"))


def test_explain_shows_every_rule(plan):
    text = explain(plan)
    assert "8. judge   8 rules" in text
    for name in RULES:
        assert f"! {name} at " in text
    found = {one["name"]: one for one in as_json(plan)["rules"]}
    assert found["slow"]["inhibited_by"] == ["stopped"] and found["stopped"]["members"] == ["silent"]
    assert found["slow"]["detect"] == "threshold(below=8.0)"


def test_the_shipped_rules_compile():
    plan, definitions = plan_of(str(SHIPPED))
    assert [watch.name for watch in plan.watches] == [rule.name for rule in definitions.rules]
    assert len(plan.watches) >= 8
