"""Every detector over stretches of windows, with the memory stored and read back between them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.definitions.model import Window
from framework.definitions.rule import Amount, During, Fire, Recover
from framework.detectors import REGISTRY
from framework.episodes import Series
from framework.episodes.frames import frames as stored
from framework.episodes.frames import remembered
from framework.episodes.watch import Part, Watch, Watched
from tests.episodes.lives import BEGIN, MINUTE, calendar, happens, leaf, rows, rule, watch

COUNT = 16
HALLS = {"A": "H", "B": "H", "C": "H"}
HALL = (("hall", "string"),)
CORRECT_FOR = 3 * MINUTE
# What fires within a few windows.
SETTINGS: dict[str, dict[str, Any]] = {
    "threshold": {"below": 10.0},
    "change": {"ago": 2, "by": Amount(30, True)},
    "seasonal": {"period": "day", "bucket": 60 * MINUTE, "history": 2},
    "peers": {"of": "hall", "below": Amount(70, True), "least": 1},
    "rate": {"usual": Amount(10, True), "chance": 0.01},
    "range_break": {"history": 2},
    "mix": {"of": "kinds/kind", "above": 0.05, "least": 2, "over": 2},
    "drift": {"history": 2, "limit": 2.0},
    "residual": {"short": 2, "chance": 0.1},
    "novelty": {},
    "no_data": {"after": 2},
    "members": {"of": "low", "share": 0.5, "least": 1},
}
_KINDS = Part("kind", "kind", Watched("kinds", "one+kind", ("one", "kind"), Window(MINUTE, MINUTE)))


def test_every_detector_is_here():
    assert SETTINGS.keys() == REGISTRY.keys()


def watches(name: str, looks: bool) -> list[Watch]:
    """A rule with one detector, beside what it needs; `looks`: in the last minutes alone."""
    work = calendar(shifts={"late": tuple((d * 1440, d * 1440 + 1440) for d in range(7))})
    if looks:
        minute = BEGIN // MINUTE % 1440 + 4
        work = replace(
            work, shifts={"late": tuple((d * 1440 + minute, d * 1440 + minute + 99) for d in range(7))}
        )
    members = name == "members"
    one = rule(
        "odd",
        leaf(name, **SETTINGS[name]),
        kpi="whole" if members else "items",
        level="hall" if members else "one",
        fire=Fire("outside", 1, "warning"),
        recover=Recover(1),
        reopen=2,
        during=During("work"),
        inhibits=("low",) if members else (),
    )
    made = watch(
        one,
        fields=("hall",) if members else ("one",),
        dimensions=HALL,
        correct_for=CORRECT_FOR,
        ratio=True,
        calendars=(work,),
        groups=(("hall", ("hall",)),) if name == "peers" else (),
        parts=(_KINDS,) if name == "mix" else (),
        members=("low",) if members else (),
    )
    low = watch(rule("low"), dimensions=HALL, correct_for=CORRECT_FOR, parents=("odd",) if members else ())
    return [made, low] if members else [made]


_VALUE = st.sampled_from([20.0, 20.0, 21.0, 5.0, 60.0, None])
_LINE = st.lists(_VALUE, min_size=COUNT, max_size=COUNT)
_LATE = st.lists(
    st.tuples(
        st.sampled_from("ABC"),
        st.integers(0, COUNT - 2),
        st.integers(1, 3),
        st.sampled_from([20.0, 5.0, 60.0]),
    ),
    max_size=6,
    unique_by=lambda one: one[:3],
)


@pytest.mark.parametrize("name", sorted(SETTINGS))
@settings(max_examples=12, deadline=None)
@given(
    lines=st.tuples(_LINE, _LINE, _LINE),
    begins=st.integers(0, COUNT),
    late=_LATE,
    looks=st.booleans(),
    cuts=st.sets(st.integers(1, COUNT - 1), max_size=4),
)
def test_a_store_between_windows_changes_nothing(name, lines, begins, late, looks, cuts):
    """Key C comes late: at times by a correction of a window that went before it."""
    frames = seen(dict(zip("ABC", lines, strict=True)), begins, late)
    whole = happens(Series(watches(name, looks)), frames)
    series, told = Series(watches(name, looks)), []
    store: dict[str, dict[str, pl.DataFrame]] = {}
    for low, high in itertools.pairwise([0, *sorted(cuts), COUNT]):
        at = pl.col("@at")
        between = (at > BEGIN + low * MINUTE) & (at <= BEGIN + high * MINUTE)
        told += happens(series, {figures: frame.filter(between) for figures, frame in frames.items()})
        for rule_id, memory in series.memories.items():
            held = store.setdefault(rule_id, {})
            held |= stored(memory)
            series.memories[rule_id] = remembered(memory.watch, memory.keys.clear(), held.get)
    assert sorted(told) == sorted(whole)


def seen(
    values: dict[str, Any], begins: int, late: list[tuple[str, int, int, float]]
) -> dict[str, pl.DataFrame]:
    """The windows of each key, of their hall and of two kinds; corrections known some windows later."""
    timely = rows(values, hall=HALLS).with_columns((pl.col("@start") + MINUTE).alias("@at"))
    timely = timely.filter((pl.col("one") != "C") | (pl.col("@start") >= BEGIN + begins * MINUTE))
    again = [
        rows({key: [value]}, first=window, hall=HALLS).with_columns(
            pl.lit(BEGIN + (min(window + by, COUNT - 1) + 1) * MINUTE).alias("@at")
        )
        for key, window, by, value in late
        if window + by < COUNT
    ]
    ones = pl.concat([timely, *again]).with_columns(
        pl.col("value").alias("numerator"),
        pl.when(pl.col("value").is_not_null()).then(100.0).alias("denominator"),
    )
    whole = timely.group_by("hall", "@start", "@at", maintain_order=True).agg(
        pl.col("value", "events").sum(), pl.col("numerator", "denominator").first()
    )
    kinds = [
        ones.with_columns(pl.lit(kind).alias("kind"), (pl.col("value") * share).alias("numerator"))
        for kind, share in (("some", pl.col("value") / 80), ("others", 1 - pl.col("value") / 80))
    ]
    return {"items@one": ones, "whole@hall": whole, "kinds@one+kind": pl.concat(kinds)}


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_detector_that_is_added_knows_nothing_of_the_windows_before(name):
    """A rule is edited while some windows may still be corrected, and then some are."""
    frames = seen(
        {key: [20.0, 21.0] * 3 + [5.0] * 10 for key in "ABC"}, 0, [("A", 5, 2, 60.0), ("B", 4, 3, 5.0)]
    )
    cut = pl.col("@at") <= BEGIN + 7 * MINUTE
    made = watches(name, looks=False)
    plain = [
        replace(one, rule=replace(one.rule, detect=leaf("threshold", below=0.0)), members=()) for one in made
    ]
    before = Series(plain)
    happens(before, {figures: frame.filter(cut) for figures, frame in frames.items()})
    after = Series(made)
    for one in made:
        memory = before.memories[one.id]
        after.memories[one.id] = remembered(one, memory.keys.clear(), stored(memory).get)
    told = happens(after, {figures: frame.filter(~cut) for figures, frame in frames.items()})
    assert all(window >= 7 for window, *_ in told)
