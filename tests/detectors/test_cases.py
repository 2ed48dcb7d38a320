"""What each detector says of a few windows that anybody can check by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.definitions.diagnostics import Span
from framework.definitions.rule import Amount, Leaf
from framework.detectors import make
from framework.detectors.base import NO, UNKNOWN, YES, Setting
from tests.detectors.shelf import ABOVE, BELOW, MINUTE, MONDAY, OUTSIDE, Desk, window

pytestmark = pytest.mark.filterwarnings("error")
NAN = math.nan
quick = settings(max_examples=150, deadline=None)


def desk(name: str, setting: Setting, count: int = 1, **settings: Any) -> Desk:
    return Desk(make(Leaf(name, settings, Span("")), setting), count)


# One key's values, window by window, and what is said of each: f(ires), n(o), u(nknown).
SERIES = [
    # detector, setting, its settings, values, said
    ("threshold", BELOW, {"below": 900}, [899, 900, 901, NAN], "fnnu"),
    ("threshold", BELOW, {"above": 900}, [899, 900, 901], "nnf"),
    ("threshold", ABOVE, {"below": -5, "above": 5}, [-6, 0, 6], "fnf"),
    ("threshold", BELOW, {"below": 0.0}, [0, -1e-9], "nf"),
    ("threshold", BELOW, {}, [1], "n"),
    ("change", BELOW, {"ago": 1, "by": Amount(30, True)}, [100, 71, 40, 100, 60], "unfnf"),
    ("change", ABOVE, {"ago": 1, "by": Amount(30, True)}, [100, 71, 40, 100, 60], "unnfn"),
    ("change", OUTSIDE, {"ago": 1, "by": Amount(30, True)}, [100, 131, 131, 70], "ufnf"),
    ("change", BELOW, {"ago": 2, "by": Amount(10)}, [100, 100, 90, 89, 79], "uunff"),
    ("change", BELOW, {"ago": 1, "by": Amount(30, True)}, [100, NAN, 50, 20], "uuuf"),
    ("change", BELOW, {"ago": 1, "by": Amount(30, True), "floor": 5}, [3, 0, 6, 0], "unnf"),
    ("change", BELOW, {"ago": 1, "by": Amount(30, True)}, [-100, -131, -131], "ufn"),
    ("change", BELOW, {"ago": 1, "by": Amount(30, True)}, [0, 0, 0], "unn"),
    ("change", OUTSIDE, {"ago": 1, "by": Amount(30, True)}, [0, 1e12, 0, -1e12, 1e-300], "uffff"),
]


@pytest.mark.parametrize(("name", "setting", "chosen", "values", "said"), SERIES)
def test_a_series(name, setting, chosen, values, said):
    one = desk(name, setting, **chosen)
    firing = [
        int(one.see(window([value], MONDAY + place * MINUTE)).firing[0]) for place, value in enumerate(values)
    ]
    assert firing == [{"f": YES, "n": NO, "u": UNKNOWN}[letter] for letter in said]


def test_bounds_are_what_a_threshold_says():
    verdict = desk("threshold", BELOW, 3, below=900).see(window([450, 900, 1800]))
    assert verdict.lower.tolist() == [900, 900, 900] and np.isnan(verdict.upper).all()
    assert np.isnan(verdict.expected).all()
    assert verdict.score.tolist() == [1.5, 1.0, 0.0]


def test_a_change_expects_the_old_value():
    one = desk("change", BELOW, ago=1, by=Amount(30, percent=True))
    one.see(window([100]))
    verdict = one.see(window([40], MONDAY + MINUTE))
    assert (verdict.expected, verdict.lower, verdict.upper, verdict.score) == (100, 70, 130, 2)


def test_a_change_looks_back_by_the_clock():
    """Windows that were never judged are unknown; they do not bring older ones nearer."""
    one = desk("change", BELOW, ago=3, by=Amount(30, percent=True))
    at = [0, 1, 2, 3, 5, 6, 7, 8, 20, 23]
    said = [int(one.see(window([100], MONDAY + place * MINUTE)).firing[0]) for place in at]
    #          0   1   2  3  5  6   7  8  20  23
    assert said == [-1, -1, -1, 0, 0, 0, -1, 0, -1, 0]


@quick
@given(st.integers(1, 6), st.lists(st.tuples(st.integers(1, 9), st.none() | st.integers(0, 9)), max_size=30))
def test_a_ring_holds_what_a_list_would(ago, steps):
    one = desk("change", OUTSIDE, ago=ago, by=Amount(0.0))
    number, held = MONDAY // MINUTE, {}
    for step, value in steps:
        number += step
        held[number] = NAN if value is None else float(value)
        verdict = one.see(window([held[number]], number * MINUTE))
        assert np.array_equal(verdict.expected, [held.get(number - ago, NAN)], equal_nan=True)


def test_silence_is_counted_in_windows_on_end():
    one = desk("no_data", BELOW, 2, after=3)
    events = [[0, 0], [0, 0], [0, 5], [0, 0], [7, 0], [0, 0], [NAN, 0]]
    said = [one.see(window([NAN, NAN], events=pair)).firing.tolist() for pair in events]
    assert said == [[0, 0], [0, 0], [1, 0], [1, 0], [0, 0], [0, 1], [-1, 1]]
    assert one.track["silent"].tolist() == [1, 4]


def test_a_key_that_is_not_there_is_not_silent():
    one = desk("no_data", BELOW, 1)
    assert one.see(window([NAN], events=[0], known=[False])).firing.tolist() == [UNKNOWN]
    assert one.track["silent"].tolist() == [0]


@pytest.mark.parametrize(
    ("members", "holding", "said"),
    [(10, 9, YES), (10, 5, YES), (10, 4, NO), (4, 2, NO), (4, 3, YES), (0, 0, UNKNOWN), (NAN, NAN, UNKNOWN)],
)
def test_members(members, holding, said):
    one = desk("members", BELOW, of="silent", share=0.5, least=3)
    inside = {"silent": (np.array([members * 1.0]), np.array([holding * 1.0]))}
    seen = window([NAN], members=inside)
    assert one.see(seen).firing.tolist() == [said]
    # Judged again, it sees them as they were.
    assert one.detector.judge(replace(seen, members={}), one.contexts, {}).firing.tolist() == [said]


def test_members_of_another_rule_are_unknown():
    assert desk("members", BELOW, of="silent").see(window([1])).firing.tolist() == [UNKNOWN]


SENTENCES = [
    ("threshold", {"below": 900, "above": 2000}, {"value": 2500}, "2,500/h is above the limit of 2,000/h"),
    ("threshold", {"below": 900, "above": 2000}, {"value": 25}, "25/h is below the limit of 900/h"),
    ("no_data", {"after": 1}, {}, "no events in the window of 1 min"),
    (
        "members",
        {"of": "silent", "share": 0.5},
        {"members": 4, "holding": 4},
        "silent holds for 4 of 4 members",
    ),
    ("change", {"ago": 1}, {"value": 0, "expected": 80}, "0/h is 100% below the 80/h of 1 window before"),
    ("change", {"ago": 1}, {"value": 9, "expected": 0}, "9/h is above the 0/h of 1 window before"),
    ("peers", {"of": "site"}, {"value": 0, "expected": 80, "peers": 4}, "0/h is 0% of the 80/h that its 4"),
    ("peers", {"of": "site"}, {"value": 3, "expected": -1, "peers": 4}, "3/h is beside the -1/h that its 4"),
    (
        "seasonal",
        {"bucket": 900_000_000},
        {"value": 3, "expected": 5},
        "3/h is below the 5 usual at this time",
    ),
    ("rate", {"chance": 1e-5}, {"value": 3, "expected": 5}, "by chance, less than once in 100,000 windows"),
]


@pytest.mark.parametrize(("name", "chosen", "figures", "said"), SENTENCES)
def test_sentences(name, chosen, figures, said):
    sentence = desk(name, BELOW, **chosen).detector.sentence(figures, "/h").replace(" /h", "/h")
    assert said in sentence
