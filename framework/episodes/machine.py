"""The life of an episode: inactive, pending, active, recovering; one step a window, all keys at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework.definitions.rule import SEVERITIES, Rule
from framework.detectors.base import NO, UNKNOWN, YES, Arrays, Bools, Column, Floats
from framework.episodes.logic import Firing

INACTIVE, PENDING, ACTIVE, RECOVERING = range(4)
STATES = ("inactive", "pending", "active", "recovering")

# Times in microseconds. `onset`: start of the first window that fired of those on end; `opened`: end of the
# window with which the episode fired, which names it; `began`: its onset, also after it was opened again;
# `hit`: end of the latest window that fired; `ended`: that of the latest episode that is over.
COLUMNS = {
    "phase": Column(np.int8, INACTIVE),
    "count": Column(np.int32, 0),
    "windows": Column(np.int32, 0),
    "reopened": Column(np.int32, 0),
    "severity": Column(np.int8, 0),
    "onset": Column(np.int64, 0),
    "began": Column(np.int64, 0),
    "opened": Column(np.int64, 0),
    "hit": Column(np.int64, 0),
    "ended": Column(np.int64, 0),
    "value": Column(np.float64, np.nan),
    "expected": Column(np.float64, np.nan),
    "lower": Column(np.float64, np.nan),
    "upper": Column(np.float64, np.nan),
    "worst": Column(np.float64, np.nan),
    "worst_expected": Column(np.float64, np.nan),
}


@dataclass(frozen=True)
class Judged:
    """What a window's judgement came to, one value a key.

    `judged`: whether the rule looks at it at all (calendar, mutes); `recovered`: the value is past the
    bound for recovery; `graver`: the clause that escalates holds.
    """

    firing: Firing
    judged: Bools
    recovered: Bools
    graver: Bools
    value: Floats
    expected: Floats
    lower: Floats
    upper: Floats


def step(
    rule: Rule, every: int, track: Arrays, start: int, end: int, seen: Judged, quiet: Bools, known: Bools
) -> None:
    """Move the episodes of all keys on by the window from `start` to `end`; renews the arrays of `track`.

    `quiet` keeps an episode from opening (another rule has it); keys that are not `known` stay as they are.
    """
    hit = known & seen.judged & (seen.firing == YES)
    calm = known & (~seen.judged | (seen.firing == NO))
    unknown = known & seen.judged & (seen.firing == UNKNOWN)
    well = calm & (~seen.judged | seen.recovered)
    before = track["phase"]
    closed, open_ = before <= PENDING, before >= ACTIVE
    first = hit & (before == INACTIVE)
    _figures(track, seen, hit, first | (hit & np.isnan(track["worst"])), rule.fire.when)
    track["onset"] = np.where(first, start, track["onset"])
    track["hit"] = np.where(hit, end, track["hit"])

    count = np.where(hit & closed, np.where(first, 1, track["count"] + 1), track["count"])
    fires = hit & closed & (count >= rule.fire.windows) & ~quiet
    again = fires & (track["opened"] > 0) & (track["onset"] - track["ended"] <= rule.reopen * every)
    fresh = fires & ~again
    track["opened"] = np.where(fresh, end, track["opened"])
    track["began"] = np.where(fresh, track["onset"], track["began"])
    track["reopened"] = np.where(fresh, 0, track["reopened"] + again)
    base = SEVERITIES.index(rule.fire.severity)
    severity = np.where(fresh, base, track["severity"])
    windows = np.where(fresh, 0, track["windows"]) + (open_ & known) + fires

    rests = open_ & well
    since = np.where(before == RECOVERING, track["count"], 0) + 1
    over = rests & (since >= rule.recover.windows) & (windows >= rule.recover.least)
    phase = np.where(hit & closed, np.where(fires, ACTIVE, PENDING), before)
    phase = np.where(calm & closed, INACTIVE, phase)
    phase = np.where(open_ & (hit | (calm & ~well)), ACTIVE, phase)
    phase = np.where(rests, np.where(over, INACTIVE, RECOVERING), phase)
    track["ended"] = np.where(over, track["hit"], track["ended"])
    count = np.where(phase == INACTIVE, 0, count)
    count = np.where(phase == ACTIVE, np.where(unknown, count, 0), count)
    track["count"] = np.where(rests & ~over, since, count).astype(np.int32)

    escalate = rule.escalate
    if escalate is not None:
        graver = seen.graver & hit
        if escalate.after is not None:
            graver = graver | (windows >= escalate.after)
        to = SEVERITIES.index(escalate.to)
        severity = np.where((phase >= ACTIVE) & graver, np.maximum(severity, to), severity)
    track["severity"] = severity.astype(np.int8)
    track["windows"] = windows.astype(np.int32)
    track["reopened"] = track["reopened"].astype(np.int32)
    track["phase"] = phase.astype(np.int8)


def _figures(track: Arrays, seen: Judged, hit: Bools, anew: Bools, side: str) -> None:
    """The latest window that fired, and the worst of the episode."""
    for name, values in (
        ("value", seen.value),
        ("expected", seen.expected),
        ("lower", seen.lower),
        ("upper", seen.upper),
    ):
        track[name] = np.where(hit, values, track[name])
    worst = track["worst"]
    if side == "below":
        worse = seen.value < worst
    elif side == "above":
        worse = seen.value > worst
    else:
        worse = np.abs(seen.value - seen.expected) > np.abs(worst - track["worst_expected"])
    take = hit & (anew | worse)
    track["worst"] = np.where(take, seen.value, worst)
    track["worst_expected"] = np.where(take, seen.expected, track["worst_expected"])
