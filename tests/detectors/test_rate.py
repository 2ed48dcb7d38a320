"""False alarms of rates are as seldom as they say; and what is learnt."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from framework.definitions.rule import Amount
from framework.detectors.base import NO, UNKNOWN, YES, Setting
from framework.detectors.counts import Law
from framework.detectors.rate import Rate
from tests.detectors.shelf import DAY, MINUTE, MONDAY, OUTSIDE, Desk, ratio, window

pytestmark = pytest.mark.filterwarnings("error")
ABOVE = Setting("above", MINUTE, MINUTE, ratio=True, factor=100.0)
BOTH = Setting("outside", MINUTE, MINUTE, ratio=True, factor=100.0)
TWO = Amount(2, percent=True)


def binomial_tail(hits: int, trials: int, share: float, above: bool) -> float:
    places = range(hits, trials + 1) if above else range(hits + 1)
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(share) + (trials - k) * math.log(1 - share)
        for k in places
    ]  # fmt: skip
    return math.fsum(map(math.exp, logs))


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 400), st.data(), st.floats(0.001, 0.999), st.sampled_from([1e-2, 1e-4]))
def test_it_fires_only_where_chance_is_seldom_enough(trials, data, share, chance):
    hits = data.draw(st.integers(0, trials))
    detector = Rate(BOTH, usual=Amount(100 * share), chance=chance)
    verdict = Desk(detector, 1).see(ratio([hits], [trials]))
    tail = binomial_tail(hits, trials, share, above=hits > trials * share)
    if verdict.firing[0] == YES:
        assert tail <= chance * (1 + 1e-9)
    value = 100 * hits / trials
    if not math.isnan(verdict.lower[0]) and abs(value - verdict.lower[0]) > 1e-6:
        assert (value < verdict.lower[0]) == (verdict.firing[0] == YES and value < verdict.expected[0])
    if not math.isnan(verdict.upper[0]) and abs(value - verdict.upper[0]) > 1e-6:
        assert (value > verdict.upper[0]) == (verdict.firing[0] == YES and value > verdict.expected[0])


def test_it_is_careful_by_one_count():
    """The least count that fires is the least whose tail is seldom enough, or the next."""
    detector = Rate(ABOVE, usual=TWO, chance=1e-4)
    for trials in (50, 500, 5000):
        firing = Desk(detector, trials).see(ratio(np.arange(trials), np.full(trials, trials * 1.0))).firing
        tails = [binomial_tail(hits, trials, 0.02, above=True) for hits in range(trials // 5)]
        assert int(np.argmax(firing)) - int(np.argmax(np.array(tails) <= 1e-4)) in (0, 1)


@settings(max_examples=200, deadline=None)
@example(1.0, 0.5, False, 1e-12)
@given(st.floats(1, 1e7), st.floats(1e-4, 0.9999), st.booleans(), st.floats(-6, 6))
def test_the_count_of_a_root_has_that_root(trials, share, binomial, root):
    law = Law(*(np.array([one]) for one in (trials, share, binomial)))
    count = law.at(np.array([root]))
    if math.isnan(count[0]):
        end = law.root(np.array([trials if root > 0 else 0.0]))
        assert abs(end[0]) < abs(root) + 1e-9
    else:
        assert law.root(count)[0] == pytest.approx(root, abs=2e-2)


def alarms(setting: Setting, windows: int, draw, detector: Rate | None = None) -> float:
    """The share of windows, once it knows, in which a key fires."""
    rng = np.random.default_rng(7)
    desk = Desk(detector or Rate(setting, chance=1e-3), 500)
    fired = judged = 0
    for place in range(windows):
        hits, trials = draw(rng)
        start = MONDAY + place * MINUTE
        seen = ratio(hits, trials, start=start) if setting.ratio else window(hits, start)
        firing = desk.see(seen, lambda verdict: verdict.firing != YES).firing
        fired += int((firing == YES).sum())
        judged += int((firing != UNKNOWN).sum())
    assert judged > 500 * (windows - 40)
    return fired / judged


def test_false_alarms_of_chance_alone():
    full = np.full(500, 500.0)
    assert alarms(BOTH, 120, lambda rng: (rng.binomial(500, 0.02, 500), full)) < 2e-3
    assert alarms(OUTSIDE, 120, lambda rng: (rng.poisson(80, 500).astype(float), full)) < 2e-3


def test_false_alarms_of_what_varies_more_than_chance():
    full = np.full(500, 500.0)
    assert alarms(BOTH, 120, lambda rng: (rng.binomial(500, rng.beta(4, 196, 500)), full)) < 6e-3
    # A count per hour varies 60 times more than its figure says.
    assert alarms(OUTSIDE, 120, lambda rng: (60.0 * rng.poisson(80, 500), full)) < 4e-3


def test_what_is_usual_is_learnt_and_fades():
    desk = Desk(Rate(ABOVE, half_life=DAY), 1)
    for place in range(9):
        assert desk.see(ratio([4], [100], start=MONDAY + place * MINUTE)).firing.tolist() == [UNKNOWN]
    desk.see(ratio([4], [100], start=MONDAY + 9 * MINUTE))
    verdict = desk.see(ratio([4], [100], start=MONDAY + 10 * MINUTE))
    assert verdict.firing.tolist() == [NO]
    assert verdict.expected[0] == pytest.approx(100 * 40.5 / 1001, rel=1e-3)
    assert desk.see(ratio([40], [100], start=MONDAY + 11 * MINUTE)).firing.tolist() == [YES]
    # Ten days later next to nothing is left of it.
    assert desk.see(ratio([40], [100], start=MONDAY + 10 * DAY)).firing.tolist() == [UNKNOWN]


@pytest.mark.parametrize(("hits", "said"), [(2, NO), (8, NO), (12, YES)])
def test_a_usual_share_that_is_given_needs_no_past(hits, said):
    assert Desk(Rate(ABOVE, usual=TWO), 1).see(ratio([hits], [100])).firing.tolist() == [said]


def test_the_least_departure():
    seen = ratio([260], [10_000])
    assert Desk(Rate(ABOVE, usual=TWO), 1).see(seen).firing.tolist() == [YES]
    assert Desk(Rate(ABOVE, usual=TWO, by=Amount(50, percent=True)), 1).see(seen).firing.tolist() == [NO]
    verdict = Desk(Rate(ABOVE, usual=TWO, by=Amount(0.58)), 1).see(seen)
    assert verdict.firing.tolist() == [YES] and verdict.upper[0] == pytest.approx(2.58)


def test_the_other_side_is_no_matter():
    assert Desk(Rate(ABOVE, usual=TWO), 1).see(ratio([0], [10_000])).firing.tolist() == [NO]
    assert Desk(Rate(BOTH, usual=TWO), 1).see(ratio([0], [10_000])).firing.tolist() == [YES]


@pytest.mark.parametrize("chance", [0.5, 0.1, 1e-12])
def test_any_chance_will_do(chance):
    verdict = Desk(Rate(BOTH, usual=TWO, chance=chance), 3).see(ratio([2, 0, 90], [100, 1, 100]))
    assert verdict.firing.tolist() == [NO, NO, YES]


def test_no_trials_and_more_hits_than_trials():
    verdict = Desk(Rate(BOTH, usual=Amount(150, percent=True)), 3).see(ratio([0, 15, 90], [0, 10, 10]))
    assert verdict.firing.tolist() == [UNKNOWN, NO, YES]


@pytest.mark.parametrize(("side", "share"), [("outside", 0.0), ("outside", 1.0)])
def test_all_or_nothing_is_usual_too(side, share):
    desk = Desk(Rate(Setting(side, MINUTE, MINUTE, ratio=True, factor=100.0)), 1)
    for place in range(60):
        verdict = desk.see(ratio([100 * share], [100], start=MONDAY + place * MINUTE))
    assert verdict.firing.tolist() == [NO]
    assert desk.see(ratio([50], [100], start=MONDAY + 60 * MINUTE)).firing.tolist() == [YES]


@settings(max_examples=60, deadline=None)
@example(134217729.0, 134217729.0, 1.0, True, 0.25)
@given(
    st.floats(0, 1e40),
    st.just(0.0) | st.floats(1e-8, 1e40),
    st.floats(1e-9, 1e9),
    st.booleans(),
    st.floats(1e-12, 0.5),
)
def test_figures_of_any_size_pass(hits, trials, usual, is_ratio, chance):
    setting = replace(BOTH, ratio=is_ratio)
    seen = [ratio([hits], [trials], start=MONDAY + minute * MINUTE) for minute in range(35)]
    if np.isnan(seen[0].value[0]) or abs(seen[0].value[0]) > 1e40:
        return
    given_, learnt = Rate(setting, usual=Amount(usual), chance=chance), Desk(Rate(setting, chance=chance), 1)
    assert np.isfinite(Desk(given_, 1).see(seen[0]).score).all()
    assert all(np.isfinite(learnt.see(one).score).all() for one in seen)
