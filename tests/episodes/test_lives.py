"""The life of an episode, window by window."""

from __future__ import annotations

import pytest

from framework.definitions.model import Maintenance
from framework.definitions.rule import Amount, Combined, During, Escalate, Fire, Negated, NoData, Recover
from framework.episodes import Series
from tests.episodes.lives import (
    BEGIN,
    BELOW,
    MINUTE,
    NOWHERE,
    calendar,
    documents_of,
    happens,
    leaf,
    life,
    rows,
    rule,
    watch,
)

OK, LOW = 20.0, 5.0


@pytest.mark.parametrize(
    ("settings", "values", "expected"),
    [
        # at once, and back at once
        ({}, [OK, LOW, OK], [(1, "fired"), (2, "resolved")]),
        # three on end, of which two are not enough
        (
            {"fire": Fire("below", 3, "warning")},
            [LOW, LOW, OK, LOW, LOW, LOW, OK],
            [(5, "fired"), (6, "resolved")],
        ),
        # recovery takes two windows on end
        (
            {"recover": Recover(2)},
            [LOW, OK, LOW, OK, OK],
            [(0, "fired"), (1, "recovering"), (3, "recovering"), (4, "resolved")],
        ),
        # hysteresis: 11 is no longer low, but not yet well
        (
            {"recover": Recover(1, above=Amount(15.0))},
            [LOW, 11.0, 12.0, 15.0],
            [(0, "fired"), (3, "resolved")],
        ),
        # it lasts at least so long
        (
            {"recover": Recover(1, least=3)},
            [LOW, OK, OK, OK],
            [(0, "fired"), (1, "recovering"), (2, "resolved")],
        ),
        # soon again: the same episode
        (
            {"reopen": 3},
            [LOW, OK, OK, LOW, OK],
            [(0, "fired"), (1, "resolved"), (3, "reopened"), (4, "resolved")],
        ),
        # later: another
        (
            {"reopen": 1},
            [LOW, OK, OK, LOW, OK],
            [(0, "fired"), (1, "resolved"), (3, "fired"), (4, "resolved")],
        ),
        # graver with time
        (
            {"escalate": Escalate("critical", 3, None)},
            [LOW, LOW, LOW, LOW],
            [(0, "fired"), (2, "escalated")],
        ),
        # graver by another clause
        (
            {"escalate": Escalate("critical", None, leaf("threshold", below=3.0))},
            [LOW, LOW, 2.0, LOW],
            [(0, "fired"), (2, "escalated")],
        ),
        # a window without a value decides nothing
        (
            {"fire": Fire("below", 2, "warning")},
            [LOW, None, LOW, None, None, OK],
            [(2, "fired"), (5, "resolved")],
        ),
        # silence as the policy says
        ({"no_data": NoData(2, "fire")}, [OK, None, None, OK], [(2, "fired"), (3, "resolved")]),
        ({"no_data": NoData(2, "ok")}, [LOW, None, None, LOW], [(0, "fired"), (2, "resolved"), (3, "fired")]),
        ({"no_data": NoData(1, "keep")}, [LOW, None, None, OK], [(0, "fired"), (3, "resolved")]),
        # too little to judge by
        ({"min_volume": 8.0}, [OK, LOW, 9.0], [(2, "fired")]),
        # clauses
        (
            {"detect": Combined("and", (BELOW, Negated(leaf("threshold", below=3.0))))},
            [2.0, LOW],
            [(1, "fired")],
        ),
        (
            {"detect": Combined("or", (leaf("threshold", below=3.0), leaf("threshold", above=30.0)))},
            [LOW, 40.0, LOW, 1.0],
            [(1, "fired"), (2, "resolved"), (3, "fired")],
        ),
    ],
)
def test_life(settings, values, expected):
    assert life(rule(**settings), values) == expected


def test_a_steady_key_that_stops_fires_for_every_rule_that_compares():
    steady = [100.0] * 40 + [0.0] * 3
    for detect in (leaf("change", ago=5, by=Amount(50, True)), leaf("threshold", below=50.0)):
        assert (40, "fired") in life(rule(detect=detect), steady)


def test_windows_outside_the_shifts_are_not_judged_and_end_what_is_open():
    hour = BEGIN // (60 * MINUTE) % 24
    work = calendar(
        shifts={"short": tuple((d * 1440 + hour * 60, d * 1440 + hour * 60 + 3) for d in range(7))}
    )
    one = watch(rule(during=During("work")), calendars=(work,))
    assert life(one, [OK, LOW, LOW, LOW, LOW]) == [(1, "fired"), (3, "resolved")]


def test_maintenance_mutes_the_keys_that_it_fits():
    stretch = Maintenance(BEGIN + MINUTE, BEGIN + 3 * MINUTE, {"one": "A"}, NOWHERE)
    one = watch(rule(), calendars=(calendar(maintenance=(stretch,)),))
    told = happens(Series([one]), {"items@one": rows({"A": [OK, LOW, LOW, LOW], "B": [OK, LOW, OK, OK]})})
    assert told == [(1, "B", "fired"), (2, "B", "resolved"), (3, "A", "fired")]


def test_the_document_tells_what_happened():
    one = rule(
        message="{one} has {value} {unit} since {start}, {missing}",
        recover=Recover(2),
        fire=Fire("below", 2, "critical"),
    )
    values = [OK, LOW, 4.0, 6.0, OK, OK]
    (found,) = documents_of(Series([watch(one)]), {"items@one": rows({"A:1": values})}).values()
    alert = found["alert"]
    start = alert["start"]
    assert found["message"] == f"A:1 has 6 items since {start}, {{missing}}"
    assert alert["id"] == f"alert:low:one:A%3A1:{alert['fired']}"
    assert (alert["state"], alert["value"], alert["worst"], alert["lower"]) == ("resolved", 6, 4, 10)
    assert alert["duration_s"] == 180 and alert["reason"] == "6 items is below the limit of 10 items"
    assert found["rule"] | {"file": "", "title": ""} == {
        "name": "low", "title": "", "severity": "critical", "mode": "alert", "definition": "", "file": "",
        "line": 1,
    }  # fmt: skip
    assert found["dimensions"] == {"one": "A:1"} and found["event"] == {"kind": "alert"}


def test_an_id_that_is_too_long_is_a_digest():
    key = "ü" * 400
    series = Series([watch(rule())])
    (identity,) = documents_of(series, {"items@one": rows({key: [OK, LOW, OK]})})
    assert identity.startswith("alert:") and len(identity) == len("alert:") + 64
    (found,) = documents_of(Series([watch(rule())]), {"items@one": rows({key: [LOW]})}).values()
    assert found["alert"]["id"].startswith("alert:") and found["dimensions"] == {"one": key}
