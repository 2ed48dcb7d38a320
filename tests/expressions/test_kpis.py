"""Values of whole formulas: (formula, where, expected) over the same few events."""

from __future__ import annotations

import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from framework.expressions import unparse
from tests.expressions.world import compiled, evaluated, events, kpi

N = None
EVENTS = {
    "event_type": ["sorted", "sorted", "rejected", "jam", "sorted"],
    "lane": [1, 2, 2, 3, N],
    "transit_ms": [100.0, 200.0, 300.0, N, 400.0],
    "weight_g": [10, 20, 30, N, 40],
    "machine_id": ["a", "a", "b", "b", N],
    "read_ok": [True, False, N, N, True],
    "test_parcel": [N, N, N, N, True],
    "note": ["x", N, "z", "y", N],
}
CASES: list[tuple[str, str | None, Any]] = [
    ("count()", N, 5),
    ("count()", "not test_parcel", 4),
    ('count(event_type == "sorted")', N, 3),
    ('count(event_type == "sorted")', "not test_parcel", 2),
    ('count(event_type == "sorted", where=lane == 1)', N, 1),
    ("count(read_ok)", N, 2),
    ("count(not read_ok)", N, 3),
    ('100 * count(event_type == "rejected") / count(event_type in ["sorted", "rejected"])', N, 25.0),
    ("count() / count(lane > 99)", N, N),
    ("sum(weight_g)", N, 100.0),
    ("sum(weight_g, where=lane > 99)", N, 0.0),
    ("sum(lane * weight_g)", N, 110.0),
    ("sum(1)", N, 5.0),
    ("sum(1 if read_ok else 0)", N, 2.0),
    ("mean(transit_ms)", N, 250.0),
    ("mean(transit_ms, where=lane == 2)", N, 250.0),
    ("mean(transit_ms, where=lane == 99)", N, N),
    ("min(weight_g)", N, 10),
    ("max(weight_g) - min(weight_g)", N, 30.0),
    ("std(weight_g)", N, pytest.approx(12.909944487358056)),
    ("std(weight_g, where=lane == 1)", N, N),
    ("median(transit_ms)", N, pytest.approx(250, rel=0.008)),
    ("percentile(transit_ms, 95)", N, pytest.approx(385, rel=0.008)),
    ("percentile(transit_ms, 0.5)", N, pytest.approx(101.5, rel=0.008)),
    ("distinct(machine_id)", N, 2),
    ("distinct(lane) + distinct(read_ok)", N, 5.0),
    ("distinct(machine_id, where=lane == 99)", N, 0),
    ("first(weight_g)", N, 10),
    ("last(weight_g)", N, 40),
    ("1 if last(note) == first(note) else 0", N, 0),
    ('1 if last(note) == "y" else 0', N, 1),
    ("1 if last(read_ok) else 0", N, 1),
    ("1 if max(read_ok) and not min(read_ok) else 0", N, 1),
    ('rate(count(), per="1h")', N, 300.0),
    ('rate(sum(weight_g), per="30s")', N, 50.0),
    ('rate(count(), per="1m") / 5', N, 1.0),
    ("abs(count() - 10)", N, 5.0),
    ("round(count() / 3, 2)", N, 1.67),
    ("least(count(), 3) + greatest(count(), 9)", N, 12.0),
    ("coalesce(mean(transit_ms, where=lane == 99), 0)", N, 0.0),
    ("sqrt(count() + 4)", N, 3.0),
    ("count() if count() > 4 else mean(score)", N, 5.0),
    ("1 if 2 < count() < 6 and not count() in [3, 4] else 0", N, 1),
    ("-count() ** 2", N, -25.0),
    ("7 // 2 * count()", N, 15.0),
    ("count() % 3", N, 2.0),
]


@pytest.mark.parametrize(("text", "where", "expected"), CASES)
def test_values(text: str, where: str | None, expected: Any) -> None:
    assert evaluated(compiled(text, where=where), events(EVENTS)) == expected


def test_without_any_event() -> None:
    none = events({"lane": []})
    assert evaluated(compiled("count() + sum(lane) + distinct(lane)"), none) == 0
    for text in ("mean(lane)", "min(lane)", "std(lane)", "median(lane)", "last(lane)", "count() / count()"):
        assert evaluated(compiled(text), none) is None


def test_a_kpi_stands_for_its_formula_with_its_own_filter() -> None:
    sorted_ = kpi("sorted_count", 'count(event_type == "sorted")', where="not test_parcel")
    found = compiled("sorted_count / count()", sorted_, where="lane < 3")
    assert unparse(found.value) == ('count(event_type == "sorted" and not test_parcel) / count(lane < 3)')
    assert evaluated(found, events(EVENTS)) == 2 / 3
    assert found.fields == {"event_type", "test_parcel", "lane"}


def test_kpis_may_be_defined_in_any_order() -> None:
    chain = [kpi(f"k{n}", f"k{n + 1} + count(lane == {n})") for n in range(20)]
    found = compiled("k0 + 1", *chain, kpi("k20", "count(lane == 20)"))
    assert evaluated(found, events(EVENTS)) == 5.0


def test_all_of_it_can_be_pickled() -> None:
    for text, where, _ in CASES:
        found = compiled(text, where=where)
        copy = pickle.loads(pickle.dumps(found))
        assert copy == found
        assert hash(copy) == hash(found)
        assert [one.label for one in copy.measures] == [one.label for one in found.measures]


DEEP = [
    "abs(" * 45 + "count()" + ")" * 45,
    "count()" + " + 1" * 45,
    "count() / (1 + " * 20 + "2" + ")" * 20,
    "least(1, " * 45 + "count()" + ")" * 45,
    "(1 if 0 < " * 15 + "count()" + " else 0)" * 15,
    "(1 if count() in [1, 2, 3] or count() > " * 12 + "count()" + " else 0)" * 12,
    "sum(" + "abs(" * 40 + "lane" + ")" * 40 + ")",
    "sum((1 if 0 < " + "(1 if 0 < " * 5 + "lane" + " < 2 else 0)" * 5 + " < 2 else 0))",
]


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_deep_formulas_are_quick(text: str) -> None:
    before = time.perf_counter()
    assert evaluated(compiled(text), events(EVENTS)) is not None
    assert time.perf_counter() - before < 2


def test_the_deepest_tree_fits_the_stack_of_a_thread() -> None:
    chain = [kpi(f"k{n}", f"abs(k{n + 1} + 1)") for n in range(28)]
    found = compiled("k0", *chain, kpi("k28", "count()"))
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(evaluated, found, events(EVENTS)).result() == 33.0


def test_rate_needs_a_window() -> None:
    with pytest.raises(ValueError, match="window"):
        evaluated(compiled('rate(count(), per="1h")'), events(EVENTS), window=0)


RATIOS = [
    ("count(read_ok) / count()", "count(read_ok)", "count()"),
    ("100 * count(read_ok) / count()", "count(read_ok)", "count()"),
    ("count(read_ok) * 100 / count()", "count(read_ok)", "count()"),
    ("100 * (count(read_ok) / count())", "count(read_ok)", "count()"),
    ("count(read_ok) / count() * 100", "count(read_ok)", "count()"),
    ("10 * 10 * count(read_ok) / count()", "count(read_ok)", "count()"),
    ("(count() - count(read_ok)) / count()", "count() - count(read_ok)", "count()"),
    ("sum(lane) / (count() + 1)", "sum(lane)", "count() + 1"),
    ("1 / count()", None, None),
    ("60 * 2 / count()", None, None),
    ("count() / 60", None, None),
    ("count() / count() + 1", None, None),
    ("count()", None, None),
    ("1 - count(read_ok) / count()", None, None),
]


@pytest.mark.parametrize(("text", "numerator", "denominator"), RATIOS)
def test_ratio(text: str, numerator: str | None, denominator: str | None) -> None:
    ratio = compiled(text).ratio
    assert (tuple(unparse(part) for part in ratio) if ratio else (None, None)) == (numerator, denominator)


def test_definition_names_the_meaning_only() -> None:
    base = compiled("100*count( lane>1 )/count()", unit="%")
    assert len(base.definition) == 12
    same = compiled("100 * count(1 < lane) / count( # of all\n)", unit="%")
    assert same.definition == base.definition
    for other in ("100 * count(lane > 2) / count()", "100 * count(lane > 1) / count(lane > 0)"):
        assert compiled(other, unit="%").definition != base.definition
    assert compiled("100 * count(lane > 1) / count()").definition != base.definition
    assert (
        compiled("100 * count(lane > 1) / count()", unit="%", where="read_ok").definition != base.definition
    )
    inlined = [kpi("a", "count(lane > 1)"), kpi("b", "count()")]
    assert compiled("100 * a / b", *inlined, unit="%").definition == base.definition
