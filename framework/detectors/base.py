"""What a detector is: it judges one window of all keys at once, and learns from windows that are settled."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from framework.definitions.rule import Side

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Array = NDArray[Any]
Arrays = MutableMapping[str, Array]

NO, YES, UNKNOWN = 0, 1, -1


@dataclass(frozen=True)
class Column:
    """A column of state: one value a key, or `width` of them."""

    dtype: type
    initial: float | int | bool
    width: int = 1

    def empty(self, count: int) -> Array:
        """The column before anything was seen, for `count` keys."""
        shape = (count,) if self.width == 1 else (count, self.width)
        return np.full(shape, self.initial, dtype=self.dtype)


@dataclass(frozen=True)
class Parts:
    """What a window's figures are made of, one row a key and part.

    `key` is the key's place in the arrays, `part` the part's name, `amount` its share of the figure in
    the KPI's unit.
    """

    key: Ints
    part: NDArray[np.object_]
    amount: Floats


@dataclass(frozen=True)
class Seen:
    """One window of one rule: arrays of one value a key, NaN where there is none.

    Times in microseconds. `numerator` and `denominator` are the KPI's own parts where it is a ratio, else
    NaN. `events` counts the key's events, 0 where it was silent. `known` tells which keys have this
    window at all. `row` is each key's number for good, by which `Tables` refer to it; `groups` has, by the
    name of a level or dimension, a number for each key: keys with the same number belong together (-1: to
    none). `parts` is by KPI and dimension (`rejections/reject_reason`); `members` by rule: how many
    of that rule's keys belong to this one, and for how many of them its clause holds.
    """

    start: int
    end: int
    value: Floats
    numerator: Floats
    denominator: Floats
    events: Floats
    known: Bools
    row: Ints
    groups: Mapping[str, Ints] = field(default_factory=dict)
    parts: Mapping[str, Parts] = field(default_factory=dict)
    members: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.value)

    @property
    def nan(self) -> Floats:
        """As many NaN as there are keys."""
        return np.full(len(self.value), np.nan)


@dataclass(frozen=True)
class Verdict:
    """What a detector says of a window: one value a key.

    `firing` is YES, NO or UNKNOWN; `score` grows with how odd the value is, and is at least 1 where it
    fires, as a rule; `expected`, `lower` and `upper` are in the KPI's unit, NaN where there are none.
    """

    firing: NDArray[np.int8]
    score: Floats
    expected: Floats
    lower: Floats
    upper: Floats


class Tables(Protocol):
    """A detector's own long tables, by name: with a column `row`, the key's number."""

    def get(self, name: str) -> pl.DataFrame | None:
        """The table, or None where there is none yet."""

    def put(self, name: str, table: pl.DataFrame) -> None:
        """Keep a table from now on, instead of the one of that name."""


@dataclass(frozen=True)
class Setting:
    """What a rule says to all of its detectors: the side that counts, and the KPI's windows (microseconds).

    `ratio`: the KPI is a numerator over a denominator, times `factor` (100 for a percentage). `timezone` is
    the calendar's, `holidays` its days (ISO), which are like Sundays.
    """

    side: Side
    size: int
    every: int
    ratio: bool = False
    factor: float = 1.0
    timezone: str = "UTC"
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Detector(ABC):
    """One detector of a rule: frozen settings and pure functions over arrays. The state is the caller's.

    Every subclass is a frozen dataclass whose further fields are its settings, with defaults. Three kinds
    of state, each a mapping that the caller keeps and stores:

    - `track`: moved on by `judge` with each window, in the order of windows. A corrected window is judged
      again from the track before it, so what it holds must come from `seen`, `context` and itself alone;
    - `learned`: moved on by `learn` alone, with windows that can't be corrected any more;
    - tables: as `learned`, where a key has many rows.

    The same windows give the same bits, whatever else is judged beside them: no sums over keys, but in
    `context`.
    """

    setting: Setting
    name: ClassVar[str]
    track: ClassVar[Mapping[str, Column]] = {}
    learned: ClassVar[Mapping[str, Column]] = {}
    clocked: ClassVar[bool] = False  # whether what it learns goes by the hours of a time zone
    told: ClassVar[tuple[str, ...]] = ()  # what of the context is told with an episode

    @cached_property
    def id(self) -> str:
        """Eight hexadecimal digits that name this detector with its settings; its state goes by it."""
        settings = [(one.name, getattr(self, one.name)) for one in fields(self) if one.name != "setting"]
        window = (self.setting.size, self.setting.every, *((self.setting.timezone,) if self.clocked else ()))
        return hashlib.sha256(repr((self.name, window, settings)).encode()).hexdigest()[:8]

    def columns(self) -> tuple[Mapping[str, Column], Mapping[str, Column]]:
        """The columns of `track` and `learned`; a subclass whose widths depend on settings overrides it."""
        return self.track, self.learned

    def context(self, seen: Seen, learned: Arrays, tables: Tables) -> dict[str, Floats]:
        """What is known of a window beside the key's own values: bands, peers. Kept with the window.

        Called once for each window, in order. It may renew what it holds ready in `learned`.
        """
        return {}

    @abstractmethod
    def judge(self, seen: Seen, context: Mapping[str, Floats], track: Arrays) -> Verdict:
        """The verdict on a window; puts the new track into `track`. Neither groups, parts nor members are
        there when a window is judged again."""

    def learn(  # noqa: B027
        self, seen: Seen, context: Mapping[str, Floats], usual: Bools, learned: Arrays, tables: Tables
    ) -> None:
        """Learn from a settled window, of the keys in `usual` alone: those without an anomaly in it."""

    @abstractmethod
    def sentence(self, figures: Mapping[str, float], unit: str) -> str:
        """Why it fired, for a person: `figures` has value, expected, lower, upper, and the context's."""

    def reason(self, figures: Mapping[str, float], unit: str, tables: Tables) -> str:
        """The sentence, with the names that only the tables know, where a detector has any."""
        return self.sentence(figures, unit)


def outside(value: Floats, lower: Floats, upper: Floats, side: Side) -> NDArray[np.int8]:
    """YES where the value is beyond the bound that the side asks for, UNKNOWN where either is NaN."""
    low, high = value < lower, value > upper
    hit = {"below": low, "above": high, "outside": low | high}[side]
    bound = {"below": np.isnan(lower), "above": np.isnan(upper), "outside": np.isnan(lower) | np.isnan(upper)}
    firing = hit.astype(np.int8)
    firing[np.isnan(value) | bound[side]] = UNKNOWN
    return firing
