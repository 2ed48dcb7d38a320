"""The plan: what shares a slice and dimensions shares a group-by, and the plan can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.cli.main import main
from framework.cli.planning import plan_of
from framework.definitions.durations import shown
from framework.plan.explain import as_json

SHIPPED = Path(__file__).parents[2] / "kpi_defs"


@pytest.fixture(scope="module")
def plan():
    return plan_of(str(SHIPPED))[0]


def test_one_group_by_for_each_slice_and_dimensions(plan):
    wanted = sum(len(kpi.by) for kpi in plan_of(str(SHIPPED))[1].kpis)
    keys = [(group.slice, group.fields) for group in plan.groups]
    assert len(keys) == len(set(keys))
    outputs = [(output.kpi, output.level) for group in plan.groups for output in group.outputs]
    assert len(outputs) == len(set(outputs)) == wanted
    assert len(keys) < len(outputs) / 2


def test_equal_measures_are_kept_once(plan):
    for group in plan.groups:
        assert len({measure.id for measure in group.measures}) == len(group.measures)
    machines = next(g for g in plan.groups if g.fields == ("machine_id",) and g.slice == 60_000_000)
    texts = [measure.text for measure in machines.measures]
    sorted_parcels = [text for text in texts if text.startswith('count(event_type == "sorted" and not')]
    assert len(sorted_parcels) == 1  # of throughput and of utilisation


def test_only_columns_that_something_needs_are_decoded(plan):
    assert "machine_id" in plan.columns and "lane" in plan.columns
    assert "event_id" not in plan.columns


def test_the_digest_follows_the_texts(tmp_path):
    copy = tmp_path / "defs"
    copy.mkdir()
    for name in ("pipeline.yaml",):
        (copy / name).write_text((SHIPPED / name).read_text())
    kpi = 'kpi: n\nunit: ""\nby: [machine]\nwindow: {size: 1m}\nvalue: count()\n'
    (copy / "n.yaml").write_text(kpi)
    (copy / "pipeline.yaml").write_text(
        (copy / "pipeline.yaml")
        .read_text()
        .replace("  zone: [site, zone]\n  site: [site]\n  region: [region]\n", "")
    )
    first = plan_of(str(copy))[0]
    (copy / "n.yaml").write_text(kpi.replace("1m", "2m"))
    second = plan_of(str(copy))[0]
    assert first.digest != second.digest
    assert first.groups[0].id != second.groups[0].id


def test_explain_as_text_and_json(plan, capsys):
    assert main(["explain", str(SHIPPED)]) == 0
    text = capsys.readouterr().out
    assert "15 KPI" not in text and "one scan" in text
    assert "> transit_p95 at machine, windows of 5m every 1m: percentile(transit_ms, 95" in text
    assert main(["explain", str(SHIPPED), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(as_json(plan)))
    assert {group["slice_s"] for group in told["groups"]} == {60.0, 300.0, 900.0}


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [(90_000_000, "90s"), (300_000_000, "5m"), (86_400_000_000, "1d"), (1_500_000, "1500ms")],
)
def test_durations(microseconds, text):
    assert shown(microseconds) == text
