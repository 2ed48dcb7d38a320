"""The last windows against the time before."""

from __future__ import annotations

import numpy as np
import pytest

from framework.definitions.rule import Amount
from framework.detectors.base import NO, UNKNOWN, YES
from framework.detectors.residual import Residual
from tests.detectors.shelf import ABOVE, BELOW, MINUTE, MONDAY, OUTSIDE, Desk, window

pytestmark = pytest.mark.filterwarnings("error")


def fed(desk: Desk, values: list[float], at: int = 0) -> list[int]:
    return [
        int(desk.see(window([value], MONDAY + (at + place) * MINUTE)).firing[0])
        for place, value in enumerate(values)
    ]


def noise(count: int, scale: float = 10, seed: int = 0) -> list[float]:
    return (200 + scale * np.random.default_rng(seed).standard_normal(count)).tolist()


def test_a_steady_key_that_stops_fires():
    for setting in (BELOW, OUTSIDE):
        desk = Desk(Residual(setting), 1)
        assert YES not in fed(desk, [1000.0] * 150)
        assert fed(desk, [0.0], 150) == [YES]


def test_it_knows_after_its_history():
    assert fed(Desk(Residual(OUTSIDE, history=3), 1), [5, 5, np.nan, 5, 5]) == [UNKNOWN] * 4 + [NO]


@pytest.mark.parametrize(("setting", "said"), [(OUTSIDE, True), (BELOW, True), (ABOVE, False)])
def test_a_fall_of_a_noisy_key_leans_to_one_side(setting, said):
    desk = Desk(Residual(setting), 1)
    assert YES not in fed(desk, noise(600))
    assert (YES in fed(desk, [value - 60 for value in noise(10, seed=1)], 600)) == said


def test_more_noise_is_seen_though_no_value_is_far_off():
    desk = Desk(Residual(OUTSIDE), 1)
    fed(desk, noise(600))
    wild = [200 + 35 * (-1) ** place for place in range(15)]
    assert YES in fed(desk, wild, 600)


def test_one_odd_window_among_ten_is_not_enough():
    desk = Desk(Residual(OUTSIDE), 1)
    fed(desk, noise(600))
    assert fed(desk, [245.0], 600) == [NO]


def test_a_smaller_chance_asks_for_more():
    values = noise(600) + [260.0] * 5
    scores = []
    for chance in (0.01, 0.00001):
        desk = Desk(Residual(OUTSIDE, chance=chance), 1)
        for place, value in enumerate(values):
            verdict = desk.see(window([value], MONDAY + place * MINUTE))
        scores.append(float(verdict.score[0]))
    assert scores[0] / scores[1] == pytest.approx(4.2649 / 2.3263, abs=0.001)


def test_it_gets_used_to_what_lasts():
    desk = Desk(Residual(OUTSIDE), 1)
    fed(desk, noise(600))
    said = fed(desk, [value + 100 for value in noise(600, seed=1)], 600)
    assert YES in said[:20] and YES not in said[-200:]


def test_the_floor_is_the_least_deviation():
    desk = Desk(Residual(OUTSIDE, floor=Amount(1000.0)), 1)
    fed(desk, [1000.0] * 150)
    assert fed(desk, [0.0], 150) == [NO]
