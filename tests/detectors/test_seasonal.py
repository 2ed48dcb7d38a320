"""Bands by the hour: what they hold, when they change, what they forget."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.definitions.rule import Amount
from framework.detectors.base import NO, UNKNOWN, YES, Setting
from framework.detectors.buckets import Buckets
from framework.detectors.seasonal import Seasonal
from framework.detectors.sketches import Sketches
from tests.detectors.shelf import BELOW, DAY, HOUR, MINUTE, MONDAY, OUTSIDE, SECOND, Desk, window

pytestmark = pytest.mark.filterwarnings("error")
NOTHING = Amount(0.0)
BERLIN = ZoneInfo("Europe/Berlin")


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=BERLIN).timestamp()) * SECOND  # type: ignore[arg-type]


def fed(detector: Seasonal, days: int, values, count: int = 1, every: int = MINUTE) -> Desk:
    """A desk after `days` days of two hours; `values(day, minute)` are those of the keys."""
    desk = Desk(detector, count)
    for day in range(days):
        for minute in range(120):
            desk.see(window(values(day, minute), MONDAY + day * DAY + minute * every))
    return desk


def test_each_hour_has_its_own_band():
    desk = fed(Seasonal(BELOW, period="day"), 3, lambda day, minute: [100 if minute < 60 else 900])
    seven, eight = (desk.see(window([500], MONDAY + 3 * DAY + hour * HOUR)) for hour in range(2))
    assert seven.firing.tolist() == [NO] and eight.firing.tolist() == [YES]
    assert seven.expected[0] == pytest.approx(100, rel=0.008)
    assert eight.expected[0] == pytest.approx(900, rel=0.008)


def test_a_band_begins_once_there_is_enough_history():
    desk = Desk(Seasonal(BELOW, period="day", history=90), 1)
    said = []
    for day in range(4):
        for minute in range(60):
            verdict = desk.see(window([100], MONDAY + day * DAY + minute * MINUTE))
        desk.see(window([100], MONDAY + day * DAY + HOUR))
        said.append(int(verdict.firing[0]))
    assert said == [UNKNOWN, UNKNOWN, NO, NO]


def test_quantiles_are_those_of_the_values():
    rng = np.random.default_rng(5)
    desk = Desk(Seasonal(OUTSIDE, period="day", low=0.05, high=0.95, floor=NOTHING, half_life=10**6 * DAY), 1)
    drawn = []
    for day in range(30):
        for minute in range(60):
            drawn.append(rng.lognormal(5, 0.3))
            desk.see(window([drawn[-1]], MONDAY + day * DAY + minute * MINUTE))
        desk.see(window([math.nan], MONDAY + day * DAY + HOUR))
    verdict = desk.see(window([100], MONDAY + 31 * DAY))
    low, middle, high = np.percentile(drawn, [5, 50, 95])
    caution = 1 + 1 / 30
    assert verdict.expected[0] == pytest.approx(middle, rel=0.02)
    assert middle - verdict.lower[0] == pytest.approx((middle - low) * caution, rel=0.06)
    assert verdict.upper[0] - middle == pytest.approx((high - middle) * caution, rel=0.06)


@pytest.mark.parametrize("level", [100.0, -100.0, 0.0, 1e-12, 3e9])
def test_what_was_always_the_same_is_inside_without_a_floor(level):
    desk = fed(Seasonal(OUTSIDE, period="day", floor=NOTHING), 3, lambda day, minute: [level])
    verdict = desk.see(window([level], MONDAY + 3 * DAY))
    assert verdict.firing.tolist() == [NO]
    assert verdict.lower[0] <= level <= verdict.upper[0]


def test_a_band_from_the_least_to_the_greatest():
    all_ = Seasonal(OUTSIDE, period="day", low=0.0, high=1.0, floor=NOTHING)
    desk = fed(all_, 4, lambda day, minute: [100 + minute % 60])
    verdict = desk.see(window([100], MONDAY + 4 * DAY))
    assert verdict.lower[0] == pytest.approx(130 - 30 * 1.25, rel=0.02)
    assert verdict.upper[0] == pytest.approx(130 + 29 * 1.25, rel=0.02)


@pytest.mark.parametrize(("floor", "lower"), [(Amount(20, True), 80), (Amount(30), 70)])
def test_the_floor_widens_the_band(floor, lower):
    desk = fed(Seasonal(BELOW, period="day", floor=floor), 2, lambda day, minute: [100])
    verdict = desk.see(window([100], MONDAY + 2 * DAY))
    assert verdict.lower[0] == pytest.approx(lower, rel=0.01)


def test_old_values_give_way():
    def values(day: int, minute: int) -> list[float]:
        return [100.0 if day < 5 else 300.0]

    slow = fed(Seasonal(BELOW, period="day", half_life=28 * DAY), 8, values)
    quick = fed(Seasonal(BELOW, period="day", half_life=DAY), 8, values)
    expected = [desk.see(window([1], MONDAY + 8 * DAY)).expected[0] for desk in (slow, quick)]
    assert expected == [pytest.approx(100, rel=0.008), pytest.approx(300, rel=0.008)]


def test_keys_that_are_gone_vanish_from_the_tables():
    detector = Seasonal(BELOW, period="day", half_life=DAY)
    desk = fed(detector, 10, lambda day, minute: [100, math.nan if day > 3 else 100], count=2)
    assert desk.tables.kept["k0"]["row"].to_list() == [0]
    assert set(desk.tables.kept["b0"]["row"].to_list()) == {0}


def test_a_table_stays_bounded():
    rng = np.random.default_rng(1)
    sketches = Sketches.of(None, None)
    row = np.array([4, 2])
    for turn in range(30):
        values = 10.0 ** rng.uniform(-200, 200, (2, 360))
        sketches = sketches.merge(row, values, np.array([360, 5]), turn, 1000.0)
    sizes = dict(sketches.bins.group_by("row").len().rows())
    assert sizes[4] == 400 and sizes[2] == 150
    assert sketches.keys.rows() == [(2, 29, 30, 150), (4, 29, 30, 10_800)]
    assert sketches.bins.equals(sketches.bins.sort("row", "bin"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.floats(-1e6, 1e6), max_size=4), min_size=3, max_size=3), st.permutations(range(3))
)
def test_merging_keys_together_or_one_by_one_is_the_same(values, order):
    padded = np.array([[*one, *[math.nan] * (4 - len(one))] for one in values])
    count = np.array([len(one) for one in values])
    row = np.array([5, 9, 2])
    whole = Sketches.of(None, None)
    parts = Sketches.of(None, None)
    for turn in (3, 7):
        whole = whole.merge(row, padded, count, turn, 4.0)
        for one in order:
            parts = parts.merge(row[[one]], padded[[one]], count[[one]], turn, 4.0)
    assert whole.bins.equals(parts.bins) and whole.keys.equals(parts.keys)


def test_many_windows_are_thinned_and_none_is_lost_when_the_clock_goes_back():
    seconds = Setting("below", SECOND, SECOND)
    detector = Seasonal(seconds, period="day")
    assert detector.columns()[1]["waiting"].width == 360
    berlin = Seasonal(replace(BELOW, timezone="Europe/Berlin"), period="day")
    desk = Desk(berlin, 1)
    for minute in range(180):  # 02:00 to 04:00, with an hour that comes twice
        desk.see(window([100], at(2026, 10, 25, 2, 0) + minute * MINUTE))
    desk.see(window([100], at(2026, 10, 25, 4, 0)))
    assert desk.tables.kept["k2"].rows() == [(0, berlin._buckets.turn(at(2026, 10, 25, 2, 0)), 1, 120)]
    assert desk.tables.kept["k3"]["windows"].to_list() == [60]


def test_a_window_longer_than_a_bucket():
    days = Setting("below", DAY, DAY)
    desk = Desk(Seasonal(days, period="week", history=3, half_life=280 * DAY), 1)
    for day in range(35):
        verdict = desk.see(window([100 + day % 7], MONDAY + day * DAY, DAY))
    assert verdict.firing.tolist() == [NO] and verdict.expected[0] == pytest.approx(106, rel=0.01)


def test_holidays_are_sundays_on_the_local_clock():
    week = Buckets("week", HOUR, "Europe/Berlin", ("2026-12-25",))
    bucket = [week.bucket(week.turn(at(2026, 12, day, 8, 30))) for day in (24, 25, 26, 27)]
    assert [divmod(one, 24) for one in bucket] == [(3, 8), (6, 8), (5, 8), (6, 8)]
    assert Buckets("day", HOUR).bucket(week.turn(at(2026, 12, 25, 8))) == 8


def test_a_new_key_has_no_band_and_costs_the_others_none():
    desk = fed(Seasonal(BELOW, period="day"), 2, lambda day, minute: [100])
    desk.see(window([100], MONDAY + 2 * DAY))
    for name, column in desk.detector.columns()[1].items():
        desk.learned[name] = np.concatenate([desk.learned[name], column.empty(1)])
    verdict = desk.see(window([50, 50], MONDAY + 2 * DAY + MINUTE))
    assert verdict.firing.tolist() == [YES, UNKNOWN]


def test_an_empty_table_is_no_table():
    none = Sketches.of(pl.DataFrame({"row": []}, schema={"row": pl.Int64()}), None)
    bands = none.bands(np.array([1, 2]), 0, 0.01, 0.99)
    assert all(np.isnan(one).all() for one in bands)
