"""Measures that mean the same are one, however they were written."""

from __future__ import annotations

import polars as pl
import pytest

from framework.expressions import compile_formulas
from tests.expressions.world import TYPES, compiled, definitions, kpi, measure

SAME = [
    ("count(lane>1)", "count( lane  >  1 )"),
    ("count(lane > 1)", "count(1 < lane)"),
    ("count(lane > 1)", "count(where=lane > 1)"),
    ("count(lane > 1.0)", "count(lane > 1)"),
    ("count(lane > 1 and read_ok)", "count(read_ok and lane > 1)"),
    ("count(lane > 1 and read_ok)", "count(lane > 1, where=read_ok)"),
    ("count(lane > 1 and read_ok)", "count(read_ok and (lane > 1 and read_ok))"),
    ("count(1 < lane <= 3)", "count(lane <= 3 and lane > 1)"),
    ("count(event_type == 'jam')", 'count("jam" == event_type)'),
    ("count(event_type in ['jam'])", 'count(event_type == "jam")'),
    ("count(event_type in ['jam', 'sorted'])", 'count(event_type in ("sorted", "jam", "jam"))'),
    ("count(not event_type == 'jam')", 'count(event_type != "jam")'),
    ("count(event_type not in ['jam'])", 'count(event_type != "jam")'),
    ("count(not not read_ok)", "count(read_ok)"),
    ("count(read_ok == True)", "count(read_ok)"),
    ("count(read_ok != True)", "count(not read_ok)"),
    ("count(True)", "count()"),
    ("count(lane == rated)", "count(rated == lane)"),
    ("count(lane < rated)", "count(rated > lane)"),
    ("median(lane)", "percentile(lane, 50)"),
    ("percentile(lane, 95)", "percentile(lane, 95.0, where=True)"),
    ("sum(lane if rated > 1 else 0)", "sum(lane if 1 < rated else 0)"),
]
OTHER = [
    ("count(lane > 1)", "count(lane >= 1)"),
    ("count(lane > 1)", "count(not lane <= 1)"),  # they differ for a missing lane
    ("count(read_ok == False)", "count(not read_ok)"),
    ("count(lane > 1 and read_ok)", "count(lane > 1 or read_ok)"),
    ("sum(lane)", "mean(lane)"),
    ("percentile(lane, 95)", "percentile(lane, 99)"),
    ("percentile(lane, 99.9999)", "percentile(lane, 99.99999)"),
    ("first(read_ok)", "first(read_ok == True)"),
    ("min(1 if read_ok else 0)", "count(read_ok)"),
    ("count(note == '1')", "count(note == '1.0')"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one: str, other: str) -> None:
    assert measure(one) == measure(other)
    assert hash(measure(one)) == hash(measure(other))
    assert measure(one).id == measure(other).id
    assert len(compiled(f"{one} + {other}").measures) == 1


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other(one: str, other: str) -> None:
    assert measure(one) != measure(other)
    assert measure(one).id != measure(other).id


def test_true_is_not_one() -> None:
    assert measure("first(True if read_ok else False)") != measure("first(1 if read_ok else 0)")


def test_where_of_the_kpi_is_part_of_each_measure() -> None:
    found = compiled("count(read_ok) + sum(lane)", where="not test_parcel")
    assert [one.text for one in found.measures] == [
        "count(not test_parcel and read_ok)",
        "sum(lane, where=not test_parcel)",
    ]


LABELS = [
    ("count()", "count"),
    ('count(event_type == "rejected")', "count_event_type_rejected"),
    ('count(event_type != "rejected")', "count_event_type_not_rejected"),
    ("count(lane >= 3)", "count_lane_ge_3"),
    ("percentile(transit_ms, 99.5)", "percentile_transit_ms_99_5"),
    ("sum(lane * -2)", "sum_lane_times_minus_2"),
    ("mean(lane, where=read_ok)", "mean_lane_where_read_ok"),
]


@pytest.mark.parametrize(("text", "label"), LABELS)
def test_labels(text: str, label: str) -> None:
    assert measure(text).label == label


def test_labels_are_unique_in_a_kpi() -> None:
    found = compiled("count(note == 'a b') + count(note == 'a_b') + count(lane > 3) + count(lane < 3)")
    labels = [one.label for one in found.measures]
    assert len(set(labels)) == 4
    assert labels[2:] == ["count_lane_gt_3", "count_lane_lt_3"]
    long = measure(f"count(note == '{'x' * 300}')")
    assert len(long.label) <= 60


def test_ids_are_safe_names_and_stay() -> None:
    assert measure('count(event_type == "rejected")').id == "count_69d4ca8e"
    assert measure("count()").id.isidentifier()


def test_a_field_of_another_type_makes_another_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    before = measure("min(lane)")
    monkeypatch.setitem(TYPES, "lane", "float")
    assert measure("min(lane)").id != before.id
    assert measure("min(lane)").text == before.text


STATES = [
    ("min(lane)", {"least": pl.Int64()}),
    ("min(transit_ms)", {"least": pl.Float64()}),
    ("max(note)", {"greatest": pl.String()}),
    ("first(read_ok)", {"time": pl.Int64(), "value": pl.Boolean()}),
    ("last(lane + 1)", {"time": pl.Int64(), "value": pl.Float64()}),
    ("last(lane if read_ok else 1)", {"time": pl.Int64(), "value": pl.Int64()}),
    ("last(lane if read_ok else 1.5)", {"time": pl.Int64(), "value": pl.Float64()}),
    ("last(coalesce(lane, score))", {"time": pl.Int64(), "value": pl.Float64()}),
    ("last(missing(lane))", {"time": pl.Int64(), "value": pl.Boolean()}),
    ("count()", {"n": pl.Int64()}),
    ("median(lane)", {}),
]


@pytest.mark.parametrize(("text", "schema"), STATES)
def test_state_has_the_type_of_the_argument(text: str, schema: dict[str, pl.DataType]) -> None:
    assert {part: dtype for part, (dtype, _) in measure(text).state.items()} == schema


def test_kpis_share_measures() -> None:
    kpis = [kpi("a", "count(lane > 1) / count()"), kpi("b", "count(1 < lane)"), kpi("c", "a + b")]
    found, _ = compile_formulas(definitions(*kpis))
    assert len({one for each in found.values() for one in each.measures}) == 2
