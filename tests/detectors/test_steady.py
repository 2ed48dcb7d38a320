"""A key that was always the same has no spread at all; when it stops, that must not go unseen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framework.definitions.diagnostics import Span
from framework.definitions.rule import Amount, Leaf
from framework.detectors import make
from framework.detectors.base import NO, YES, Seen, Setting
from tests.detectors.shelf import BELOW, DAY, MINUTE, MONDAY, OUTSIDE, Desk, ratio, window

pytestmark = pytest.mark.filterwarnings("error")
PERCENT = Setting("below", MINUTE, MINUTE, ratio=True, factor=100.0)
DETECTORS: list[tuple[str, Setting, dict[str, Any]]] = [
    ("seasonal", BELOW, {"period": "day"}),
    ("seasonal", OUTSIDE, {"period": "day", "floor": Amount(0.0)}),
    ("peers", BELOW, {"of": "site", "z": 4.0}),
    ("peers", BELOW, {"of": "site", "below": Amount(70, percent=True)}),
    ("change", BELOW, {"ago": 5, "by": Amount(30, percent=True)}),
    ("rate", BELOW, {}),
    ("rate", BELOW, {"by": Amount(50, percent=True)}),
    ("rate", PERCENT, {}),
]


def view(setting: Setting, level: float, start: int) -> Seen:
    """Five keys of one group, the first of which has the level, the others 1,000 as ever."""
    values = np.array([level, 1000, 1000, 1000, 1000])
    groups = {"site": np.zeros(5, dtype=np.int64)}
    if setting.ratio:
        return ratio(values, np.full(5, 2000.0), start=start, groups=groups)
    return window(values, start, groups=groups)


@pytest.mark.parametrize(("name", "setting", "settings"), DETECTORS)
def test_a_steady_key_that_stops_fires(name, setting, settings):
    desk = Desk(make(Leaf(name, settings, Span("")), setting), 5)
    for day in range(3):
        for minute in range(90):
            verdict = desk.see(view(setting, 1000, MONDAY + day * DAY + minute * MINUTE))
            assert not (verdict.firing == YES).any()
    assert (verdict.firing == NO).all(), "it knows by now"
    verdict = desk.see(view(setting, 0, MONDAY + 2 * DAY + 90 * MINUTE))
    assert verdict.firing.tolist() == [YES, NO, NO, NO, NO]
    assert verdict.score[0] > 1
    assert 0 < verdict.lower[0] <= verdict.expected[0]
