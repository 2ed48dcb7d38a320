"""Medians and deviations that leave the key out, against the plain way to them."""

from __future__ import annotations

import math
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.definitions.rule import Amount
from framework.detectors.base import NO, UNKNOWN, YES
from framework.detectors.peers import Peers
from tests.detectors.shelf import ABOVE, BELOW, OUTSIDE, Desk, window

pytestmark = pytest.mark.filterwarnings("error")
values = st.none() | st.integers(-5, 5).map(float) | st.floats(-1e6, 1e6)
keys = st.lists(st.tuples(values, st.integers(-1, 2)), min_size=1, max_size=25)


@settings(max_examples=300, deadline=None)
@given(keys)
def test_each_key_is_left_out_exactly(keys):
    value = np.array([math.nan if one is None else one for one, _ in keys])
    group = np.array([one for _, one in keys], dtype=np.int64)
    detector = Peers(OUTSIDE, of="site", z=3.0, least=1, floor=Amount(0.0))
    found = detector.context(window(value, groups={"site": group}), {}, Desk(detector, 0).tables)
    for place, (_, own) in enumerate(keys):
        others = [
            one for at, (one, its) in enumerate(keys) if at != place and its == own >= 0 and one is not None
        ]
        if not others:
            assert math.isnan(found["median"][place]) and math.isnan(found["spread"][place])
            continue
        middle = median(others)
        spread = median(abs(one - middle) for one in others) * 1.4826
        assert found["peers"][place] == len(others)
        assert found["median"][place] == pytest.approx(middle, rel=1e-12, abs=1e-12)
        assert found["spread"][place] == pytest.approx(spread, rel=1e-9, abs=1e-9)


def judged(setting, value, group=None, **more):
    detector = Peers(setting, of="site", **more)
    groups = {"site": np.zeros(len(value), dtype=np.int64) if group is None else np.array(group)}
    return Desk(detector, len(value)).see(window(value, groups=groups))


def test_shares_of_the_median():
    bounds = {"below": Amount(70, percent=True), "above": Amount(150, percent=True)}
    verdict = judged(BELOW, [69, 71, 100, 100, 100, 100, 151], **bounds)
    assert verdict.firing.tolist() == [YES, NO, NO, NO, NO, NO, YES]
    assert (verdict.expected[0], verdict.lower[0], verdict.upper[0]) == (100, 70, 150)


def test_a_negative_median_has_its_lower_bound_below():
    verdict = judged(BELOW, [-131, -100, -100, -100], below=Amount(70, percent=True))
    assert verdict.firing.tolist() == [YES, NO, NO, NO] and verdict.lower[0] == -130


def test_a_figure_is_a_bound_itself():
    assert judged(BELOW, [49, 51, 100, 100], below=Amount(50)).firing.tolist() == [YES, NO, NO, NO]


def test_z_counts_on_the_side_of_the_rule():
    value = [70, 98, 99, 100, 101, 102, 130]
    assert judged(BELOW, value, z=4.0).firing.tolist() == [YES, *[NO] * 6]
    assert judged(ABOVE, value, z=4.0).firing.tolist() == [*[NO] * 6, YES]
    assert judged(OUTSIDE, value, z=4.0).firing.tolist() == [YES, *[NO] * 5, YES]


def test_without_any_spread_z_has_no_measure():
    """Where all count nothing by night, the first event of one is no anomaly."""
    assert judged(ABOVE, [1, 0, 0, 0, 0], z=4.0).firing.tolist() == [NO] * 5


def test_too_few_peers_and_no_group():
    value = [1, 100, 100, 100, 100, 5, 5]
    verdict = judged(BELOW, value, [0, 0, 0, 0, 1, -1, -1], below=Amount(70, percent=True))
    assert verdict.firing.tolist() == [YES, NO, NO, NO, *[UNKNOWN] * 3]


def test_silent_peers_do_not_count():
    value = [1, 100, 100, math.nan, math.nan]
    assert judged(BELOW, value, below=Amount(70, percent=True)).firing.tolist() == [UNKNOWN] * 5
