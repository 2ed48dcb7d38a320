"""Values beyond the range seen, and how a range is forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from framework.definitions.rule import Amount
from framework.detectors.base import NO, UNKNOWN, YES, Setting
from framework.detectors.range_break import RangeBreak
from tests.detectors.shelf import ABOVE, BELOW, DAY, HOUR, MINUTE, MONDAY, OUTSIDE, Desk, window

pytestmark = pytest.mark.filterwarnings("error")
HOURLY = Setting("outside", HOUR, HOUR)


def fed(desk: Desk, values: list[float], at: int = 0) -> list[int]:
    step = desk.detector.setting.every
    return [
        int(desk.see(window([value], MONDAY + (at + place) * step)).firing[0])
        for place, value in enumerate(values)
    ]


def wave(count: int) -> list[float]:
    """Up and down between 80 and 120."""
    return [100 + 20 * (1, 0, -1, 0)[place % 4] for place in range(count)]


def test_a_steady_key_that_stops_fires():
    for setting in (BELOW, OUTSIDE):
        desk = Desk(RangeBreak(setting), 1)
        assert YES not in fed(desk, [1000.0] * 150)
        assert fed(desk, [0.0], 150) == [YES]


def test_it_knows_after_its_history():
    assert fed(Desk(RangeBreak(OUTSIDE, history=4), 1), [1, 1, 1, 1, 1, 9]) == [UNKNOWN] * 4 + [NO, YES]


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        (OUTSIDE, 121.9, NO),
        (OUTSIDE, 122.1, YES),
        (OUTSIDE, 78.1, NO),
        (OUTSIDE, 77.9, YES),
        (BELOW, 77.9, YES),
        (BELOW, 500.0, NO),
        (ABOVE, 122.1, YES),
        (ABOVE, 0.0, NO),
        (OUTSIDE, np.nan, UNKNOWN),
    ],
)
def test_the_margin_is_a_share_of_the_width(setting, value, said):
    """The range is 80 to 120, so 5% is 2."""
    desk = Desk(RangeBreak(setting, over=10**9 * DAY), 1)
    fed(desk, wave(120))
    assert fed(desk, [value], 120) == [said]


def test_the_margin_may_be_a_figure_and_has_a_floor():
    desk = Desk(RangeBreak(OUTSIDE, over=10**9 * DAY, margin=Amount(10)), 1)
    fed(desk, wave(120))
    assert fed(desk, [131.0, 129.0], 120) == [YES, NO]
    steady = Desk(RangeBreak(OUTSIDE, floor=Amount(3, percent=True)), 1)
    fed(steady, [100.0] * 120)
    assert fed(steady, [102.9, 104.0, 97.0], 120) == [NO, NO, NO], "what was seen widens the range"
    assert fed(steady, [93.0], 123) == [YES]


def test_figures_of_a_verdict():
    desk = Desk(RangeBreak(OUTSIDE, over=10**9 * DAY), 1)
    fed(desk, wave(120))
    verdict = desk.see(window([144.0], MONDAY + 120 * MINUTE))
    found = [float(one[0]) for one in (verdict.lower, verdict.expected, verdict.upper, verdict.score)]
    assert found == pytest.approx([78, 100, 122, 2])


def test_the_range_draws_in_towards_its_middle():
    """A peak of 200 over a key that is steady at 100: only the upper bound comes in, at half the pace."""
    desk = Desk(RangeBreak(HOURLY, over=2 * DAY, history=10), 1)
    fed(desk, [100.0] * 20 + [200.0] + [100.0] * 48)
    assert desk.track["high"][0] == pytest.approx(100 + 100 * 0.5**0.5, abs=1)
    assert desk.track["low"][0] == pytest.approx(100)
    assert fed(desk, [190.0], 69) == [YES]


def test_it_fires_for_as_long_as_values_are_beyond():
    """So that a rule may ask for three windows on end."""
    desk = Desk(RangeBreak(BELOW), 1)
    fed(desk, wave(120))
    assert fed(desk, [10, 5, 10, 20, 100, 30], 120) == [YES, YES, YES, YES, NO, NO]


def test_what_lasts_is_the_new_range():
    desk = Desk(RangeBreak(HOURLY, relearn=5 * HOUR, history=10), 1)
    fed(desk, [100.0] * 20)
    assert fed(desk, [50.0] * 8, 20) == [YES] * 6 + [NO] * 2


def test_a_key_that_was_always_nothing():
    desk = Desk(RangeBreak(OUTSIDE), 1)
    assert fed(desk, [0.0] * 120 + [0.0, 1.0])[-2:] == [NO, YES]
