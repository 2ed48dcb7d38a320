"""What holds for every detector of the registry."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.definitions.diagnostics import Span
from framework.definitions.rule import Amount, Leaf
from framework.detectors import REGISTRY, make
from framework.detectors.base import NO, UNKNOWN, YES, Arrays, Column, Floats, Verdict
from tests.detectors.shelf import BELOW, DAY, MINUTE, OUTSIDE, Desk, Memory, bare, taken, window
from tests.detectors.world import A_DAY, VALUELESS, detector, windows

pytestmark = pytest.mark.filterwarnings("error")
every = pytest.mark.parametrize("name", sorted(REGISTRY))
KEYS, COUNT = 37, 240
OUTPUTS = ("firing", "score", "expected", "lower", "upper")


def same(one: Verdict, other: Verdict) -> bool:
    """The same to the last bit."""
    return all(equal(getattr(one, name), getattr(other, name)) for name in OUTPUTS)


def equal(one: Any, other: Any) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def of(verdict: Verdict, keys: Any) -> Verdict:
    return Verdict(*(getattr(verdict, name)[keys] for name in OUTPUTS))


def part(arrays: dict[str, Floats] | Arrays, keys: Any) -> dict[str, Any]:
    return {name: array[keys] for name, array in arrays.items()}


def fitting(arrays: Arrays, columns: dict[str, Column], count: int) -> bool:
    return arrays.keys() == dict(columns).keys() and all(
        arrays[name].dtype == column.dtype and arrays[name].shape == column.empty(count).shape
        for name, column in columns.items()
    )


@every
def test_it_can_be_made_with_nothing_said(name):
    one = REGISTRY[name](OUTSIDE)
    verdict = Desk(one, 2).see(window([1.0, math.nan]))
    assert set(verdict.firing.tolist()) <= {NO, UNKNOWN}


@every
def test_it_keeps_to_shapes_and_types(name):
    desk = Desk(detector(name), KEYS)
    track, learned = desk.detector.columns()
    seen_firing = set()
    for seen in windows(KEYS, COUNT):
        verdict = desk.see(seen)
        assert verdict.firing.dtype == np.int8
        assert all(getattr(verdict, output).shape == (KEYS,) for output in OUTPUTS)
        assert all(getattr(verdict, output).dtype == np.float64 for output in OUTPUTS[1:])
        assert np.isfinite(verdict.score).all() and (verdict.score >= 0).all()
        assert (verdict.score[verdict.firing == YES] >= 1).all()
        assert fitting(desk.track, track, KEYS) and fitting(desk.learned, learned, KEYS)
        assert all(array.shape == (KEYS,) and array.dtype == np.float64 for array in desk.contexts.values())
        seen_firing |= set(verdict.firing.tolist())
    assert seen_firing == {NO, YES, UNKNOWN}, "the world does not try this detector"


@every
def test_keys_are_judged_one_by_one_the_same(name):
    desk = Desk(detector(name), KEYS)
    rng = np.random.default_rng(1)
    for place, seen in enumerate(windows(KEYS, COUNT)):
        before = dict(desk.track)
        verdict = desk.see(seen)
        if place % 7:
            continue
        for keys in ([place % KEYS], np.flatnonzero(rng.random(KEYS) < 0.5)):
            track = part(before, keys)
            again = desk.detector.judge(bare(taken(seen, keys)), part(desk.contexts, keys), track)
            assert same(again, of(verdict, keys))
            assert all(equal(track[one], desk.track[one][keys]) for one in track)


@every
def test_a_window_is_judged_again_the_same_and_leaves_the_arrays_alone(name):
    desk = Desk(detector(name), KEYS)
    for seen in windows(KEYS, COUNT):
        before = {one: array.copy() for one, array in desk.track.items()}
        given_track = dict(desk.track)
        verdict = desk.see(seen)
        assert all(equal(before[one], given_track[one]) for one in before)
        assert same(desk.detector.judge(bare(seen), desk.contexts, before), verdict)
        assert all(equal(before[one], desk.track[one]) for one in before)


@every
def test_what_a_key_learns_does_not_depend_on_others(name):
    keys = np.arange(1, KEYS, 2)
    whole, half = Desk(detector(name), KEYS), Desk(detector(name), len(keys))
    for seen in windows(KEYS, COUNT):
        verdict = whole.see(seen, lambda verdict: verdict.firing != YES)
        if name == "peers":  # whose others are the point
            continue
        assert same(half.see(taken(seen, keys), lambda verdict: verdict.firing != YES), of(verdict, keys))
    if name != "peers":
        assert all(equal(half.learned[one], whole.learned[one][keys]) for one in half.learned)


@pytest.mark.parametrize("name", sorted(REGISTRY.keys() - VALUELESS))
def test_unknown_figures_are_unknown_and_pass(name):
    desk = Desk(detector(name), KEYS)
    for place, seen in enumerate(windows(KEYS, COUNT)):
        if place == COUNT // 2:
            nothing = replace(seen, value=seen.nan, numerator=seen.nan, denominator=seen.nan)
            assert (desk.see(nothing).firing == UNKNOWN).all()
        else:
            last = desk.see(seen)
    assert (last.firing[seen.known & ~np.isnan(seen.value)] != UNKNOWN).mean() > 0.5


@every
def test_a_key_without_the_window_stays_as_it_is(name):
    desk = Desk(detector(name), KEYS)
    for seen in windows(KEYS, COUNT):
        before = dict(desk.track)
        verdict = desk.see(seen)
        assert (verdict.firing[~seen.known] == UNKNOWN).all()
        if name == "change":  # whose ring goes by the clock
            continue
        assert all(equal(before[one][~seen.known], desk.track[one][~seen.known]) for one in before)


@every
def test_nothing_is_learnt_of_keys_that_are_not_usual(name):
    desk = Desk(detector(name), KEYS)
    nobody = np.zeros(KEYS, dtype=bool)
    for seen in windows(KEYS, 60):
        desk.see(seen)
    for place, seen in enumerate(windows(KEYS, 60, seed=1)):
        later = replace(seen, start=seen.start + 4 * DAY, end=seen.end + 4 * DAY)
        contexts = desk.detector.context(later, desk.learned, desk.tables)
        before, tables = dict(desk.learned), dict(desk.tables.kept)
        desk.detector.learn(later, contexts, nobody, desk.learned, desk.tables)
        if place > A_DAY:  # what waited is merged by then
            told = [one for one in before if one not in ("settled", "band_turn")]
            assert all(equal(before[one], desk.learned[one]) for one in told)
            assert all(table.equals(desk.tables.kept[one]) for one, table in tables.items())


@every
def test_no_keys_are_no_trouble(name):
    desk = Desk(detector(name), 0)
    for seen in windows(1, 3):
        nobody = taken(seen, np.zeros(0, dtype=np.int64))
        assert len(desk.see(nobody).firing) == 0


@every
def test_new_keys_come_in_the_middle(name):
    desk = Desk(detector(name), 5)
    track, learned = desk.detector.columns()
    for place, seen in enumerate(windows(9, 80)):
        if place == 40:
            for arrays, columns in ((desk.track, track), (desk.learned, learned)):
                for one, column in columns.items():
                    arrays[one] = np.concatenate([arrays[one], column.empty(4)])
        desk.see(taken(seen, np.arange(5 if place < 40 else 9)))


@every
def test_contexts_of_nan_are_unknown(name):
    """A key that came later has no context of an earlier window."""
    desk = Desk(detector(name), KEYS)
    for seen in windows(KEYS, 5):
        desk.see(seen)
    if not desk.contexts:
        return
    nothing = dict.fromkeys(desk.contexts, seen.nan)
    track = {one: column.empty(KEYS) for one, column in desk.detector.columns()[0].items()}
    assert (desk.detector.judge(bare(seen), nothing, track).firing == UNKNOWN).all()


@every
def test_ids_are_stable_and_tell_settings_apart(name):
    one = detector(name)
    assert one.id == detector(name).id and len(one.id) == 8 and int(one.id, 16) >= 0
    assert one.id == detector(name, "below").id, "the side that counts is no part of what is remembered"
    others = {one.id, replace(one, setting=replace(one.setting, every=2 * MINUTE)).id}
    names = [field.name for field in fields(one) if field.name != "setting"]
    for field in names:
        held = getattr(one, field)
        other = {str: "week", int: 7, float: 0.123}.get(type(held), Amount(12.5))
        if field == "bucket":
            other = DAY
        others.add(replace(one, **{field: other}).id)
    assert len(others) == len(names) + 2


def test_an_id_of_the_shelf():
    assert make(Leaf("threshold", {"below": 900.0}, Span("")), BELOW).id == "b107c527"


@every
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_its_sentence_is_one_for_any_figures(name, data):
    one = detector(name)
    names = ("value", "expected", "lower", "upper", "median", "peers", "members", "holding")
    names += ("part", "share", "usual", "amount")
    figures = {each: data.draw(st.floats() | st.integers(0, 99).map(float)) for each in names}
    for said in (one.sentence(figures, "items/h"), one.sentence({}, "%"), one.reason(figures, "", Memory())):
        assert said and said == said.strip()
        assert not {"nan", "inf", "None"} & set(said.replace(",", " ").split())


def test_a_leaf_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="no detector treshold; there are change, "):
        make(Leaf("treshold", {}, Span("")), BELOW)
    with pytest.raises(ValueError, match="threshold has no setting over; it has above, below"):
        make(Leaf("threshold", {"over": 3}, Span("")), BELOW)
