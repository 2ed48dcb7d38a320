"""Shifts of what a figure is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from framework.detectors.base import NO, UNKNOWN, YES, Parts, Seen
from framework.detectors.mix import Mix
from tests.detectors.shelf import ABOVE, DAY, MINUTE, MONDAY, Desk, bare, window

pytestmark = pytest.mark.filterwarnings("error")
OF = "rejections/reason"
USUAL = {"jam": 6.0, "no_read": 3.0, "": 1.0}
SHIFTED = {"jam": 1.0, "no_read": 8.0, "": 1.0}


def view(minute: float, *amounts: Mapping[str | None, float]) -> Seen:
    """A window with the amounts of each key."""
    rows = [(key, part, amount) for key, one in enumerate(amounts) for part, amount in one.items()]
    key, part, amount = zip(*rows, strict=True) if rows else ((), (), ())
    parts = Parts(np.array(key, dtype=np.int64), np.array(part, dtype=object), np.array(amount, dtype=float))
    return window(np.full(len(amounts), np.nan), int(MONDAY + minute * MINUTE), parts={OF: parts})


def taught(count: int = 1, windows: int = 30, **more: int) -> Desk:
    desk = Desk(Mix(ABOVE, of=OF, **more), count)
    for minute in range(windows):
        desk.see(view(minute, *[USUAL] * count))
    return desk


def test_the_usual_mix_is_none():
    desk = taught()
    assert desk.see(view(30, USUAL)).firing.tolist() == [NO]
    assert desk.contexts["divergence"][0] == 0 and desk.contexts["amount"][0] == 100


def test_a_shift_fires_and_names_the_part():
    desk = taught(2)
    for minute in range(30, 38):
        verdict = desk.see(view(minute, SHIFTED, USUAL), np.array([False, True]))
    assert verdict.firing.tolist() == [YES, NO]
    figures = {name: float(values[0]) for name, values in desk.contexts.items()}
    assert figures["share"] == pytest.approx(0.7) and figures["usual"] == pytest.approx(0.3)
    said = desk.detector.reason(figures, "1/h", desk.tables)
    assert said == "reason no_read is 70% of rejections, usually 30% (of 100 in 10 windows)"
    assert desk.detector.sentence(figures, "").startswith("one reason is 70% of rejections")


def test_the_divergence_is_that_of_kullback_and_leibler():
    desk = taught()
    for minute in range(30, 40):
        desk.see(view(minute, SHIFTED), np.array([False]))
    now, then = np.array([10, 80, 10]) + 0.5, np.array([180, 90, 30]) + 0.5
    p, q = now / now.sum(), then / then.sum()
    expected = float((p * np.log(p / q)).sum()) - (1 / 100 + 1 / 300)
    assert desk.contexts["divergence"][0] == pytest.approx(expected, rel=1e-3)


def test_few_units_are_unknown():
    desk = taught(2)
    assert desk.see(view(45, {"jam": 29}, {"jam": 30})).firing.tolist() == [UNKNOWN, YES]
    fresh = Desk(Mix(ABOVE, of=OF), 1)
    assert fresh.see(view(0, {"jam": 100})).firing.tolist() == [UNKNOWN], "nothing is usual yet"


def test_few_units_do_not_fire_by_chance():
    rng = np.random.default_rng(3)
    share = np.array([0.4, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])
    desk = Desk(Mix(ABOVE, of=OF), 100)
    fired = 0
    for minute in range(80):
        drawn = rng.multinomial(rng.poisson(4, 100), share)
        amounts = [{f"p{part}": float(n) for part, n in enumerate(row) if n} for row in drawn]
        fired += int((desk.see(view(minute, *amounts)).firing == YES).sum())
    assert fired <= 2


def test_units_in_bursts_do_not_fire_by_chance():
    """Four of a kind at a time are a quarter of the units that they seem."""
    rng = np.random.default_rng(3)
    desk, fired = Desk(Mix(ABOVE, of=OF), 60), 0
    for minute in range(120):
        drawn = 4 * rng.multinomial(rng.poisson(2, 60), [0.4, 0.3, 0.2, 0.1])
        amounts = [{f"p{part}": float(n) for part, n in enumerate(row) if n} for row in drawn]
        fired += int((desk.see(view(minute, *amounts)).firing == YES).sum())
    assert fired <= 20  # a tenth of them would, taken for single ones: 600
    assert 2 < np.median(desk.learned["noise"]) < 5


def test_a_part_without_a_name_and_odd_amounts():
    desk = Desk(Mix(ABOVE, of=OF, least=1), 1)
    for minute in range(12):
        desk.see(view(minute, {None: 5.0, "jam": 5.0, "bad": math.nan, "less": -3.0}))
    for minute in range(12, 22):
        verdict = desk.see(view(minute, {None: 50.0}), np.array([False]))
    assert verdict.firing.tolist() == [YES]
    figures = {name: float(values[0]) for name, values in desk.contexts.items()}
    assert desk.detector.reason(figures, "", desk.tables).startswith("reason unknown is 100% of")


def test_parts_are_learnt_when_the_window_is_settled_long_after():
    """A settled window comes without its parts: they were kept since it closed, in as few tables as do."""
    desk, waiting = Desk(Mix(ABOVE, of=OF, over=3), 1), []
    for minute in range(40):
        seen = view(minute, USUAL)
        contexts = desk.detector.context(seen, desk.learned, desk.tables)
        waiting.append((seen, contexts))
        if len(waiting) > 12:
            old, known = waiting.pop(0)
            desk.detector.learn(bare(old), known, np.array([True]), desk.learned, desk.tables)
    assert desk.tables.kept["usual"]["n"].sum() == pytest.approx(28 * 10, rel=1e-2)
    assert sorted(desk.tables.kept) == sorted(["names", "usual", *(f"r{place}" for place in range(13))])


def test_what_is_usual_fades_and_is_forgotten():
    desk = taught(half_life=DAY)
    desk.see(view(30 + 3 * 1440, {"jam": 1.0}))
    desk.see(view(30 + 40 * 1440, {"jam": 1.0}))
    assert desk.tables.kept["usual"].select("n").rows() == [(1.0,)]


def test_silence_is_no_shift():
    desk = taught()
    assert desk.see(view(30, {})).firing.tolist() == [NO]
    assert desk.see(view(60, {})).firing.tolist() == [UNKNOWN]
