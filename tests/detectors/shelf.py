"""What a caller keeps for detectors: windows by hand, and the state of one detector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from framework.detectors.base import Arrays, Bools, Detector, Floats, Parts, Seen, Setting, Verdict

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = 1_790_553_600 * SECOND  # 2026-09-28 00:00 UTC
ARRAYS = ("value", "numerator", "denominator", "events", "known", "row")
BELOW = Setting("below", MINUTE, MINUTE)
ABOVE = Setting("above", MINUTE, MINUTE)
OUTSIDE = Setting("outside", MINUTE, MINUTE)


class Memory:
    """Long tables in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, pl.DataFrame] = {}

    def get(self, name: str) -> pl.DataFrame | None:
        return self.kept.get(name)

    def put(self, name: str, table: pl.DataFrame) -> None:
        assert "row" in table.columns
        self.kept[name] = table


def window(value: Sequence[float] | Floats, start: int = MONDAY, size: int = MINUTE, **more: Any) -> Seen:
    """A window in which every key is known and had events, unless `more` says otherwise."""
    values = np.asarray(value, dtype=np.float64)
    count = len(values)
    fields: dict[str, Any] = {
        "numerator": np.full(count, np.nan),
        "denominator": np.full(count, np.nan),
        "events": np.ones(count),
        "known": np.ones(count, dtype=bool),
        "row": np.arange(count, dtype=np.int64),
    }
    fields |= {
        name: np.asarray(one, dtype=fields[name].dtype) if name in fields else one
        for name, one in more.items()
    }
    return Seen(start, start + size, values, **fields)


def ratio(numerator: Sequence[float] | Floats, denominator: Sequence[float] | Floats, **more: Any) -> Seen:
    """A window of a percentage."""
    high, low = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    value = np.where(low > 0, 100 * high / np.where(low > 0, low, 1), np.nan)
    return window(value, numerator=high, denominator=low, **more)


def taken(seen: Seen, keys: Any) -> Seen:
    """The same window, of some keys."""
    places = np.arange(len(seen))[keys]
    back = np.full(len(seen), -1)
    back[places] = np.arange(len(places))
    parts = {}
    for name, one in seen.parts.items():
        kept = back[one.key] >= 0
        parts[name] = Parts(back[one.key][kept], one.part[kept], one.amount[kept])
    return Seen(
        seen.start,
        seen.end,
        *(getattr(seen, name)[keys] for name in ARRAYS),
        groups={name: group[keys] for name, group in seen.groups.items()},
        parts=parts,
        members={name: (all_[keys], holding[keys]) for name, (all_, holding) in seen.members.items()},
    )


def bare(seen: Seen) -> Seen:
    """The window as it is when it is judged again."""
    return replace(seen, groups={}, parts={}, members={})


class Desk:
    """One detector at work on the same keys, with its state."""

    def __init__(self, detector: Detector, count: int) -> None:
        self.detector = detector
        track, learned = detector.columns()
        self.track: Arrays = {name: column.empty(count) for name, column in track.items()}
        self.learned: Arrays = {name: column.empty(count) for name, column in learned.items()}
        self.tables = Memory()
        self.contexts: Mapping[str, Floats] = {}

    def see(self, seen: Seen, usual: Bools | Callable[[Verdict], Bools] | None = None) -> Verdict:
        """Judge a window, and learn from it: of all keys, unless `usual` says of which."""
        self.contexts = self.detector.context(seen, self.learned, self.tables)
        verdict = self.detector.judge(seen, self.contexts, self.track)
        chosen = usual(verdict) if callable(usual) else usual
        if chosen is None:
            chosen = np.ones(len(seen), dtype=bool)
        self.detector.learn(seen, self.contexts, chosen, self.learned, self.tables)
        return verdict
