"""Late records: a corrected window corrects the episode, and what it was is told."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.definitions.rule import Amount, Combined, Fire, Recover
from framework.episodes import Series
from framework.episodes.frames import frames as stored
from framework.episodes.frames import remembered
from framework.episodes.memory import Memory
from tests.episodes.lives import BEGIN, BELOW, MINUTE, documents_of, happens, leaf, rows, rule, watch

OK, LOW = 20.0, 5.0
Correction = tuple[int, int, float]  # window, the window at whose end it is known, its value


def corrected(values: Sequence[float | None], *corrections: Correction) -> dict[str, pl.DataFrame]:
    """One key's windows, and what late records make of some."""
    return {"items@one": known({"A": values}, [("A", *one) for one in corrections])}


def known(
    values: Mapping[str, Sequence[float | None]], corrections: Sequence[tuple[str, int, int, float]]
) -> pl.DataFrame:
    timely = rows(values).with_columns((pl.col("@start") + MINUTE).alias("@at"))
    late = [
        rows({key: [value]}, first=window).with_columns(pl.lit(BEGIN + (at + 1) * MINUTE).alias("@at"))
        for key, window, at, value in corrections
    ]
    return pl.concat([timely, *late])


def life(one: Any, values: Sequence[float | None], *corrections: Correction) -> list[tuple[int, str]]:
    """What happens to the key, by the window at whose end it does."""
    told = happens(Series([watch(one, correct_for=3 * MINUTE)]), corrected(values, *corrections))
    return [(window, change) for window, _, change in told]


@pytest.mark.parametrize(
    ("values", "corrections", "expected"),
    [
        # it was not low after all
        ([OK, LOW, OK, OK], [(1, 2, OK)], [(1, "fired"), (2, "withdrawn")]),
        ([OK, LOW, LOW, OK], [(1, 2, OK)], [(1, "fired"), (2, "withdrawn"), (2, "fired"), (3, "resolved")]),
        # it was low after all
        ([OK, OK, OK, OK], [(1, 3, LOW)], [(3, "corrected"), (3, "fired"), (3, "resolved")]),
        # it is still low: the episode that was over goes on
        (
            [OK, LOW, OK, OK, OK],
            [(2, 3, LOW)],
            [(1, "fired"), (2, "resolved"), (3, "reopened"), (3, "resolved")],
        ),
        # what parted two episodes is gone: the later is taken back, and the earlier goes on
        (
            [OK, LOW, OK, LOW, LOW],
            [(2, 4, LOW)],
            [(1, "fired"), (2, "resolved"), (3, "fired"), (4, "withdrawn"), (4, "reopened")],
        ),
        # the first is gone, and another that comes after the second is none of its name
        (
            [OK, LOW, OK, LOW, OK, OK],
            [(1, 4, OK)],
            [(1, "fired"), (2, "resolved"), (3, "fired"), (4, "withdrawn"), (4, "resolved")],
        ),
        # too late: the window is settled
        ([OK, LOW, OK, OK, OK, OK, OK, OK], [(1, 7, OK)], [(1, "fired"), (2, "resolved")]),
    ],
)
def test_a_correction(values, corrections, expected):
    assert life(rule(), values, *corrections) == expected


def test_an_episode_that_turns_out_to_have_begun_earlier_keeps_its_name():
    one = watch(rule(fire=Fire("below", 2, "warning")), correct_for=3 * MINUTE)
    values = [OK, OK, LOW, LOW, LOW, OK]
    series = Series([one])
    told = happens(series, corrected(values, (1, 4, LOW)))
    assert [change for *_, change in told] == ["fired", "resolved"]
    (found,) = documents_of(Series([one]), corrected(values, (1, 4, LOW))).values()
    # It fired with window 3, and so is it named; it began with window 1, as is known now.
    assert found["alert"]["fired"] == found["@timestamp"] == iso(4)
    assert found["alert"]["start"] == iso(1) and found["alert"]["state"] == "resolved"


def test_a_withdrawn_episode_still_tells_what_it_was():
    one = watch(rule(), correct_for=3 * MINUTE)
    (found,) = documents_of(Series([one]), corrected([OK, LOW, OK, OK], (1, 2, OK))).values()
    assert found["alert"]["state"] == "withdrawn"
    assert found["alert"]["value"] == 5 and found["alert"]["start"] == iso(1)


def test_a_corrected_episode_keeps_its_own_reason_when_another_followed():
    one = watch(rule(), correct_for=4 * MINUTE)
    found = documents_of(Series([one]), corrected([OK, LOW, OK, 3.0, OK], (1, 4, 7.0)))
    told = {document["alert"]["value"]: document["alert"]["reason"] for document in found.values()}
    assert told == {7: "7 items is below the limit of 10 items", 3: "3 items is below the limit of 10 items"}


def test_of_two_names_neither_is_told_of_two_episodes():
    """It turns out to have begun earlier, and keeps its name; then, that those were two."""
    one = watch(rule(fire=Fire("below", 2, "warning"), reopen=0), correct_for=9 * MINUTE)
    values = [OK, LOW, OK, OK, LOW, LOW, OK, OK]
    late = [(2, 6, LOW), (3, 6, LOW), (3, 7, OK)]
    found = documents_of(Series([one]), corrected(values, *late))
    assert sorted(one["alert"]["start"] for one in found.values()) == [iso(1), iso(4)]
    assert sorted(one["alert"]["fired"] for one in found.values()) == [iso(3), iso(6)]


def iso(window: int) -> str:
    return str(np.datetime64(BEGIN + window * MINUTE, "us"))[:19] + "Z"


_RULE = rule(
    "low",
    Combined("or", (BELOW, leaf("change", ago=2, by=Amount(50, True)))),
    fire=Fire("below", 2, "warning"),
    recover=Recover(2),
    reopen=2,
)
_VALUE = st.sampled_from([OK, LOW, 8.0, 30.0, None])
_LINE = st.lists(_VALUE, min_size=12, max_size=12)
_LATE = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(0, 11), st.integers(1, 3), st.sampled_from([OK, LOW, 30.0])),
    max_size=6,
    unique_by=lambda one: (one[0], one[1], one[2]),
)


@settings(max_examples=60, deadline=None)
@given(lines=st.tuples(_LINE, _LINE), late=_LATE, cuts=st.sets(st.integers(1, 11), max_size=4))
def test_stretches_and_a_store_between_change_nothing(lines, late, cuts):
    """Windows taken in one go, or in stretches with the memory stored and read back between them."""
    corrections = [(key, window, min(window + by, 11), value) for key, window, by, value in late]
    corrections = [one for one in corrections if one[2] > one[1]]
    frame = known({"A": lines[0], "B": lines[1]}, corrections)
    one = watch(_RULE, correct_for=3 * MINUTE)
    whole = happens(Series([one]), {"items@one": frame})
    series, told = Series([one]), []
    bounds = [0, *sorted(cuts), 12]
    for low, high in itertools.pairwise(bounds):
        at = pl.col("@at")
        part = frame.filter((at > BEGIN + low * MINUTE) & (at <= BEGIN + high * MINUTE))
        told += happens(series, {"items@one": part})
        series.memories = {name: again(memory) for name, memory in series.memories.items()}
    assert sorted(told) == sorted(whole)


@settings(max_examples=60, deadline=None)
@given(line=_LINE, late=_LATE)
def test_in_the_end_episodes_are_those_of_the_corrected_windows(line, late):
    """Whatever was told on the way, what stands is what the final values alone would have given."""
    corrections = [(window, min(window + by, 11), value) for _, window, by, value in late]
    corrections = [one for one in corrections if one[1] > one[0]]
    plain = rule(fire=Fire("below", 2, "warning"), recover=Recover(2), reopen=0)
    last = {}
    for window, _, value in sorted(corrections, key=lambda one: one[1]):
        last[window] = value
    final = [last.get(number, value) for number, value in enumerate(line)]
    one = watch(plain, correct_for=20 * MINUTE)
    stands = documents_of(Series([one]), corrected(line, *corrections)).values()
    alone = documents_of(Series([one]), corrected(final)).values()
    assert sorted(shown(one) for one in stands if one["alert"]["state"] != "withdrawn") == sorted(
        map(shown, alone)
    )


def shown(document: dict[str, Any]) -> tuple[Any, ...]:
    alert = document["alert"]
    return alert["start"], str(alert["end"]), alert["state"], alert["value"], alert["worst"]


def again(memory: Memory) -> Memory:
    """The memory as it comes back from a store."""
    held = stored(memory)
    return remembered(memory.watch, memory.keys.clear(), held.get)
