"""Conditions and values over events: (text, columns, expected)."""

from __future__ import annotations

from typing import Any

import pytest

from framework.expressions import to_column
from tests.expressions.world import events, measure

N = None
CONDITIONS: list[tuple[str, dict[str, list[Any]], list[bool]]] = [
    # A missing value equals nothing, so it is unequal to everything.
    ('event_type == "sorted"', {"event_type": ["sorted", "jam", N]}, [True, False, False]),
    ('event_type != "sorted"', {"event_type": ["sorted", "jam", N]}, [False, True, True]),
    ('not event_type == "sorted"', {"event_type": ["sorted", "jam", N]}, [False, True, True]),
    ('event_type in ["sorted", "jam"]', {"event_type": ["sorted", "rejected", N]}, [True, False, False]),
    ('event_type not in ("sorted", "jam")', {"event_type": ["sorted", "rejected", N]}, [False, True, True]),
    ("lane in [1, 2]", {"lane": [1, 3, N]}, [True, False, False]),
    ("lane in [1.5, 2]", {"lane": [1, 2, N]}, [False, True, False]),
    ("score in [1, -2]", {"score": [1.0, -2.0, N]}, [True, True, False]),
    ("read_ok in [True]", {"read_ok": [True, False, N]}, [True, False, False]),
    ("lane > 2", {"lane": [1, 3, N]}, [False, True, False]),
    ("not lane > 2", {"lane": [1, 3, N]}, [True, False, True]),
    ("2 < lane", {"lane": [1, 3, N]}, [False, True, False]),
    ("1 < lane <= 3", {"lane": [1, 2, 3, 4, N]}, [False, True, True, False, False]),
    ("lane < 2.5", {"lane": [2, 3, N]}, [True, False, False]),
    ("9007199254740993 == lane", {"lane": [2**53 + 1, 2**53, N]}, [True, False, False]),
    ("read_ok", {"read_ok": [True, False]}, [True, False]),
    ("not test_parcel", {"test_parcel": [True, False, N]}, [False, True, True]),
    ("read_ok == True", {"read_ok": [True, False]}, [True, False]),
    ("read_ok == False", {"read_ok": [True, False, N]}, [False, True, False]),
    ("read_ok != True", {"read_ok": [True, False, N]}, [False, True, True]),
    ("read_ok and lane > 1", {"read_ok": [True, True, N], "lane": [2, 1, 2]}, [True, False, False]),
    ("read_ok or lane > 1", {"read_ok": [N, N, True], "lane": [2, N, N]}, [True, False, True]),
    ("not (read_ok and test_parcel)", {"read_ok": [N], "test_parcel": [True]}, [True]),
    ("missing(note)", {"note": ["", N]}, [False, True]),
    ("not missing(note)", {"note": ["", N]}, [True, False]),
    ('note == ""', {"note": ["", "a", N]}, [True, False, False]),
    ('lower(note) == "ab"', {"note": ["AB", "ab", "c", N]}, [True, True, False, False]),
    ('startswith(note, "ab")', {"note": ["abc", "b", N]}, [True, False, False]),
    ('note < "b"', {"note": ["a", "b", N]}, [True, False, False]),
    ("note == machine_id", {"note": ["a", "b", N], "machine_id": ["a", "c", N]}, [True, False, False]),
    ("transit_ms / lane > 5", {"transit_ms": [20.0, 20.0, N], "lane": [2, 0, 1]}, [True, False, False]),
    ("(transit_ms if lane == 1 else 0) > 5", {"transit_ms": [9.0, 9.0], "lane": [1, 2]}, [True, False]),
    ("coalesce(read_ok, lane == 1)", {"read_ok": [N, False], "lane": [1, 1]}, [True, False]),
    ('site == "BER" and rated >= 100', {"site": ["BER", "HAM"], "rated": [100, 100]}, [True, False]),
    ('"sorted"\n== event_type # as it was\n', {"event_type": ["sorted"]}, [True]),
    ("True", {"lane": [1, 2]}, [True, True]),
]
VALUES: list[tuple[str, dict[str, list[Any]], list[Any]]] = [
    ("lane", {"lane": [1, N]}, [1, N]),
    ("-lane", {"lane": [1, 0, N]}, [-1.0, 0.0, N]),
    ("lane + 1", {"lane": [1, N]}, [2.0, N]),
    ("lane - rated", {"lane": [1], "rated": [N]}, [N]),
    ("lane * 0.5", {"lane": [3]}, [1.5]),
    ("lane / 0", {"lane": [3, 0]}, [N, N]),
    ("lane // 2", {"lane": [3, -3]}, [1.0, -2.0]),
    ("lane % 3", {"lane": [4, -1]}, [1.0, 2.0]),
    ("lane % 0", {"lane": [4]}, [N]),
    ("lane // 0", {"lane": [4]}, [N]),
    ("lane ** 2", {"lane": [-3]}, [9.0]),
    ("lane ** -1", {"lane": [4, 0]}, [0.25, N]),
    ("lane ** 0.5", {"lane": [4, -4]}, [2.0, N]),
    ("-lane ** 2", {"lane": [3]}, [-9.0]),
    ("lane * lane", {"lane": [2**62]}, [2.0**124]),
    ("score * 1e300 * 1e300", {"score": [1.0]}, [N]),
    ("abs(score)", {"score": [-1.5, 0.0, N]}, [1.5, 0.0, N]),
    ("round(score)", {"score": [0.5, 1.5, -0.5, -0.4]}, [1.0, 2.0, -1.0, 0.0]),
    ("round(score, 1)", {"score": [0.25, 1.04]}, [0.3, 1.0]),
    ("floor(score)", {"score": [-0.5]}, [-1.0]),
    ("ceil(score)", {"score": [-0.5]}, [0.0]),
    ("sqrt(score)", {"score": [4.0, -1.0]}, [2.0, N]),
    ("log(score)", {"score": [1.0, 0.0, -1.0]}, [0.0, N, N]),
    ("exp(score)", {"score": [0.0, 1e4]}, [1.0, N]),
    ("least(lane, score)", {"lane": [1, 2], "score": [0.5, N]}, [0.5, N]),
    ("greatest(lane, score, 7)", {"lane": [1], "score": [0.5]}, [7.0]),
    ("coalesce(score, lane, 0)", {"score": [N, N, 5.0], "lane": [1, N, 2]}, [1.0, 0.0, 5.0]),
    ("lane if read_ok else score", {"lane": [1, 1], "score": [2.5, 2.5], "read_ok": [True, N]}, [1.0, 2.5]),
    ("1 if read_ok else 0", {"read_ok": [True, N]}, [1, 0]),
]


@pytest.mark.parametrize(("text", "columns", "expected"), CONDITIONS)
def test_conditions(text: str, columns: dict[str, list[Any]], expected: list[bool]) -> None:
    condition = measure(f"count({text})").condition
    frame = events(columns)
    if condition is None:
        assert all(expected)
    else:
        assert frame.with_columns(to_column(condition).alias("c"))["c"].to_list() == expected


@pytest.mark.parametrize(("text", "columns", "expected"), VALUES)
def test_values(text: str, columns: dict[str, list[Any]], expected: list[Any]) -> None:
    argument = measure(f"first({text})").argument
    assert argument is not None
    found = events(columns).with_columns(to_column(argument).alias("x"))["x"]
    assert found.to_list() == expected
    assert "-0.0" not in [str(value) for value in found]
