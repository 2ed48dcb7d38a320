"""Courses that a key never took before."""

from __future__ import annotations

import math

import numpy as np
import pytest

from framework.detectors.base import NO, UNKNOWN, YES
from framework.detectors.novelty import Novelty
from tests.detectors.shelf import ABOVE, BELOW, MINUTE, MONDAY, OUTSIDE, Desk, window

pytestmark = pytest.mark.filterwarnings("error")
POINT = {"short": 1, "long": 1, "over": 10**9 * MINUTE}


def fed(desk: Desk, values: list[float], at: int = 0) -> list[int]:
    return [
        int(desk.see(window([value], MONDAY + (at + place) * MINUTE)).firing[0])
        for place, value in enumerate(values)
    ]


def daily(count: int, peak: float = 50) -> list[float]:
    """A day of 48 windows, quiet by night."""
    return [100 + peak * max(math.sin(2 * math.pi * place / 48), 0) for place in range(count)]


def test_a_steady_key_that_stops_fires():
    for setting in (BELOW, OUTSIDE):
        desk = Desk(Novelty(setting), 1)
        assert YES not in fed(desk, [1000.0] * 150)
        assert fed(desk, [0.0], 150) == [YES]
    desk = Desk(Novelty(OUTSIDE, of="steps"), 1)
    assert YES not in fed(desk, [1000.0] * 150)
    assert fed(desk, [0.0], 150) == [YES]


def test_the_last_digits_of_a_steady_value_are_no_news():
    for of in ("values", "steps"):
        desk = Desk(Novelty(OUTSIDE, of=of), 1)
        fed(desk, [1000.0] * 150)
        assert fed(desk, [1000.5, 999.8, 1001.0, 1000.0], 150) == [NO] * 4


def test_it_knows_after_its_history_and_passes_over_gaps():
    assert fed(Desk(Novelty(OUTSIDE, history=3), 1), [5, 5, np.nan, 5, 5]) == [UNKNOWN] * 4 + [NO]


def test_a_gap_between_values_that_were_seen_is_new_too():
    """A range would not tell: 50 lies between the 0 and 100 that it takes in turns."""
    desk = Desk(Novelty(OUTSIDE, **POINT), 1)
    fed(desk, [0.0, 100.0] * 60)
    assert fed(desk, [10.0, 50.0, 50.0, 52.0], 120) == [NO, YES, NO, NO]


def test_scores_by_hand():
    """30 away of a range of 100, which is 2.31 times 13%, of which 1.1 are clear."""
    desk = Desk(Novelty(OUTSIDE, **POINT), 1)
    fed(desk, [0.0, 100.0] * 60)
    verdict = desk.see(window([30.0], MONDAY + 120 * MINUTE))
    assert verdict.score[0] == pytest.approx(30 / 13 / 1.1)
    assert verdict.firing[0] == YES and verdict.expected[0] == 100


def test_what_is_new_but_not_clear_is_remembered_in_silence():
    desk = Desk(Novelty(OUTSIDE, clear=2.0, **POINT), 1)
    fed(desk, [0.0, 100.0] * 60)
    assert fed(desk, [20.0, 40.0, 60.0], 120) == [NO, NO, NO]


def test_a_day_that_is_unlike_the_days_before():
    desk = Desk(Novelty(OUTSIDE), 1)
    assert YES not in fed(desk, daily(48 * 6))[48 * 4 :]
    flat = [100.0 if value > 120 else value for value in daily(48)]
    assert YES in fed(desk, flat, 48 * 6) or YES in fed(desk, daily(48, peak=90), 48 * 7)


def test_the_rule_s_side_counts_for_values():
    for setting, said in ((BELOW, NO), (ABOVE, YES)):
        desk = Desk(Novelty(setting), 1)
        fed(desk, [100.0] * 150)
        assert fed(desk, [500.0], 150) == [said]


def test_the_course_met_least_lately_makes_room():
    desk = Desk(Novelty(OUTSIDE, patterns=2, history=0, **POINT), 1)
    fed(desk, [0.0, 100.0, 0.0])
    assert fed(desk, [50.0, 0.0, 100.0], 3) == [YES, NO, YES]
