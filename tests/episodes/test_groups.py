"""Rules that know of one another: members, and those that keep others still."""

from __future__ import annotations

import polars as pl

from framework.definitions.rule import Fire, Recover
from framework.episodes import Series
from tests.episodes.lives import documents_of, happens, leaf, rows, rule, watch

HALLS = {"A": "H", "B": "H", "C": "H", "D": "K"}
DIMENSIONS = (("hall", "string"),)
OK, LOW = 20.0, 5.0


def rules(windows: int = 1, inhibits: bool = True):
    """A rule for each, and one for its hall that counts them."""
    own = rule("low", fire=Fire("below", windows, "warning"))
    hall = rule(
        "hall_low",
        leaf("members", of="low", share=0.5, least=2),
        kpi="whole",
        level="hall",
        fire=Fire("below", windows, "critical"),
        recover=Recover(1),
        inhibits=("low",) if inhibits else (),
    )
    return [
        watch(own, dimensions=DIMENSIONS, parents=("hall_low",) if inhibits else ()),
        watch(hall, fields=("hall",), dimensions=DIMENSIONS, members=("low",)),
    ]


def frames(**values):
    """Windows of each, and of the halls."""
    ones = rows(values, hall=HALLS)
    whole = ones.group_by("hall", "@start", maintain_order=True).agg(
        pl.col("value", "events").sum(), pl.lit(None, pl.Float64).alias("numerator").first(),
        pl.lit(None, pl.Float64).alias("denominator").first(),
    )  # fmt: skip
    return {"items@one": ones, "whole@hall": whole}


STOP = {"A": [OK, LOW, LOW, OK, OK, OK], "B": [OK, LOW, LOW, OK, OK, OK], "C": [OK] * 6, "D": [LOW] * 6}


def test_when_most_of_a_hall_is_low_there_is_one_episode_for_it():
    told = happens(Series(rules()), frames(**STOP))
    assert told == [(0, "D", "fired"), (1, "H", "fired"), (3, "H", "resolved")]


def test_without_inhibits_each_has_its_own_as_well():
    told = happens(Series(rules(inhibits=False)), frames(**STOP))
    assert [one for one in told if one[0] == 1] == [(1, "A", "fired"), (1, "B", "fired"), (1, "H", "fired")]


def test_a_hall_that_is_only_pending_keeps_its_members_still():
    low = {
        "A": [OK, LOW, LOW, OK, LOW, LOW, LOW],
        "B": [OK, LOW, OK, OK, OK, OK, OK],
        "C": [OK] * 7,
        "D": [OK] * 7,
    }
    told = happens(Series(rules(windows=2)), frames(**low))
    # The hall is pending in one window, and then is none: A waits for it and, still low, is on its own.
    assert told == [(2, "A", "fired"), (3, "A", "resolved"), (5, "A", "fired")]


def test_the_episode_of_a_hall_names_who_is_inside():
    found = documents_of(Series(rules()), frames(**STOP))
    hall = next(one for one in found.values() if one["rule"]["name"] == "hall_low")
    assert hall["alert"]["members"] == {"low": {"count": 3, "firing": 2, "keys": ["A", "B"]}}
    assert "2 of 3" in hall["alert"]["reason"]


def test_a_member_that_is_low_when_the_hall_recovers_fires_after_a_while():
    low = {
        "A": [OK, LOW, LOW, LOW, LOW, LOW, LOW, LOW],
        "B": [OK, LOW, LOW, OK, OK, OK, OK, OK],
        "C": [OK] * 8,
    }
    told = happens(Series(rules()), frames(**low))
    assert told[:2] == [(1, "H", "fired"), (3, "H", "resolved")]
    assert told[2][1:] == ("A", "fired") and told[2][0] > 3
