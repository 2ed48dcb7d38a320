"""Small departures that add up."""

from __future__ import annotations

import numpy as np
import pytest

from framework.definitions.rule import Amount
from framework.detectors.base import NO, UNKNOWN, YES
from framework.detectors.drift import Drift
from tests.detectors.shelf import ABOVE, BELOW, DAY, MINUTE, MONDAY, OUTSIDE, Desk, window

pytestmark = pytest.mark.filterwarnings("error")


def fed(desk: Desk, values: list[float], at: int = 0) -> list[int]:
    return [
        int(
            desk.see(window([value], MONDAY + (at + place) * MINUTE), lambda one: one.firing != YES).firing[0]
        )
        for place, value in enumerate(values)
    ]


def noise(count: int, seed: int = 0) -> list[float]:
    """About 1,000, with a deviation of 10."""
    return (1000 + 10 * np.random.default_rng(seed).standard_normal(count)).tolist()


def known(**settings: float) -> Desk:
    """A detector that has learnt a mean of 100 and a deviation of 10."""
    desk = Desk(Drift(settings.pop("setting", OUTSIDE), half_life=10**9 * DAY, **settings), 1)
    fed(desk, [90.0, 110.0] * 100)
    desk.track["up"][:], desk.track["down"][:] = 0, 0
    return desk


def test_a_steady_key_that_stops_fires():
    for setting in (BELOW, OUTSIDE):
        desk = Desk(Drift(setting), 1)
        assert YES not in fed(desk, [1000.0] * 150)
        assert fed(desk, [0.0], 150) == [YES]


def test_sums_by_hand():
    """Each window is two deviations up: 1.5 are added, 8 are reached with the sixth; then it begins anew."""
    desk = known()
    totals = []
    for place in range(7):
        verdict = desk.see(window([120.0], MONDAY + (200 + place) * MINUTE), np.array([False]))
        totals.append((int(verdict.firing[0]), round(8 * float(verdict.score[0]), 1)))
    assert totals == [(NO, 1.5), (NO, 3.0), (NO, 4.5), (NO, 6.0), (NO, 7.5), (YES, 9.0), (NO, 1.5)]


@pytest.mark.parametrize(("setting", "value", "said"), [(BELOW, 0, YES), (ABOVE, 0, NO), (ABOVE, 200, YES)])
def test_the_side_that_counts(setting, value, said):
    assert fed(known(setting=setting), [value], 200) == [said]


def test_a_slow_drift_is_seen_before_any_value_is_odd():
    desk = Desk(Drift(BELOW), 1)
    fed(desk, noise(600))
    values = [value - 0.5 * place for place, value in enumerate(noise(60, seed=1))]
    first = fed(desk, values, 600).index(YES)
    assert first > 5 and min(values[: first + 1]) > 950


def test_noise_alone_seldom_adds_up():
    assert fed(Desk(Drift(OUTSIDE), 1), noise(5000)).count(YES) <= 2


def test_it_knows_after_its_history_and_passes_over_gaps():
    desk = Desk(Drift(OUTSIDE, history=3), 1)
    assert fed(desk, [5, 5, np.nan, 5, 5, np.nan]) == [UNKNOWN] * 4 + [NO, UNKNOWN]


def test_the_floor_is_the_least_deviation():
    desk = Desk(Drift(OUTSIDE, floor=Amount(50.0)), 1)
    fed(desk, [100.0] * 120)
    assert fed(desk, [50.0, 50.0], 120) == [NO, NO]


def test_it_does_not_learn_from_what_is_odd():
    desk = known()
    before = {name: values.copy() for name, values in desk.learned.items()}
    desk.see(window([500.0], MONDAY + 200 * MINUTE), np.array([False]))
    assert all(np.array_equal(before[name], desk.learned[name]) for name in before)


def test_what_was_learnt_fades():
    desk = Desk(Drift(OUTSIDE, half_life=100 * MINUTE, limit=1e9), 1)
    fed(desk, [100.0] * 2000 + [200.0] * 100)
    assert desk.learned["mean"][0] == pytest.approx(150, abs=1)
