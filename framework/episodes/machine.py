"""The life of an episode: inactive, pending, active, recovering; one step a window, all keys at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework.definitions.rule import SEVERITIES, Rule, Side
from framework.detectors.base import NO, UNKNOWN, YES, Arrays, Bools, Column, Floats
from framework.episodes.logic import Firing

INACTIVE, PENDING, ACTIVE, RECOVERING = range(4)
STATES = ("inactive", "pending", "active", "recovering")

# Times in microseconds. `onset`: start of the first window that fired of those on end; `opened`: end of the
# window with which the episode fired, which names it; `began`: its onset, also after it was opened again;
# `hit`: end of the episode's latest window that fired; `ended`: that of the latest episode that is over. The
# figures are the episode's: `pending` is the worst while it is not yet one.
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
    "pending": Column(np.float64, np.nan),
    "pending_expected": Column(np.float64, np.nan),
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
    track["onset"] = np.where(first, start, track["onset"])

    count = np.where(hit & closed, np.where(first, 1, track["count"] + 1), track["count"])
    fires = hit & closed & (count >= rule.fire.windows) & ~quiet
    again = fires & (track["opened"] > 0) & (track["onset"] - track["ended"] <= rule.reopen * every)
    fresh = fires & ~again
    _figures(track, seen, rule.fire.when, end, first, hit & closed, fires, fresh, (hit & open_) | fires)
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


def _figures(
    track: Arrays,
    seen: Judged,
    side: Side,
    end: int,
    first: Bools,
    pending: Bools,
    fires: Bools,
    fresh: Bools,
    hit: Bools,
) -> None:
    """The latest window of the episode that fired, and the worst of it, those that it was pending in too."""
    worse = _worse(side, seen.value, seen.expected, track["pending"], track["pending_expected"])
    take = first | (pending & worse)
    track["pending"] = np.where(take, seen.value, track["pending"])
    track["pending_expected"] = np.where(take, seen.expected, track["pending_expected"])
    track["hit"] = np.where(hit, end, track["hit"])
    for name in ("value", "expected", "lower", "upper"):
        track[name] = np.where(hit, getattr(seen, name), track[name])
    value = np.where(fires, track["pending"], seen.value)
    expected = np.where(fires, track["pending_expected"], seen.expected)
    take = fresh | (hit & _worse(side, value, expected, track["worst"], track["worst_expected"]))
    track["worst"] = np.where(take, value, track["worst"])
    track["worst_expected"] = np.where(take, expected, track["worst_expected"])


def _worse(side: Side, value: Floats, expected: Floats, worst: Floats, worst_expected: Floats) -> Bools:
    if side == "below":
        further = value < worst
    elif side == "above":
        further = value > worst
    else:
        further = np.abs(value - expected) > np.abs(worst - worst_expected)
    found: Bools = further | (np.isnan(worst) & ~np.isnan(value))
    return found
