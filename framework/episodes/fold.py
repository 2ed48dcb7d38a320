"""The fold over moments: rules that know of one another, and what becomes of their episodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np
import polars as pl

from framework.detectors.base import Array, Bools, Floats, Ints
from framework.episodes.feed import Feed
from framework.episodes.machine import ACTIVE, COLUMNS
from framework.episodes.memory import EPISODE, Memory
from framework.episodes.running import Running, pending

Change = Literal[
    "withdrawn", "corrected", "fired", "reopened", "escalated", "recovering", "resolved", "goes_on"
]
CHANGES: tuple[Change, ...] = get_args(Change)
NAMED = "@opened"  # the moment by which an episode is named


@dataclass(frozen=True)
class Snapshot:
    """Episodes of one rule as they stand at a moment (microseconds), after what happened to them.

    `frame` has a row an episode: the key's fields and dimensions, the columns of `machine`, and
    `@opened`; `notes` explain them in the same order. `later` than the corrections of the moment.
    """

    rule: str
    at: int
    change: Change
    frame: pl.DataFrame
    notes: tuple[bytes, ...]
    later: bool

    @property
    def notifies(self) -> bool:
        """Whether anyone is to be told."""
        return self.change not in ("corrected", "goes_on", "recovering")

    @property
    def number(self) -> int:
        """Grows with each change of an episode: the moment, and its place among the changes of one moment."""
        return self.at + CHANGES.index(self.change) + self.later * len(CHANGES)


class Fold:
    """Rules with their memories, and the rows of a tick for each of the figures that they watch.

    Every rule that another one inhibits or counts must be here, in a cluster with it.
    """

    def __init__(self, memories: Sequence[Memory], feeds: Mapping[str, Feed]) -> None:
        self._running = {
            memory.watch.name: Running(memory, feeds[memory.watch.watched.name], feeds)
            for memory in memories
            if memory.watch.watched.name in feeds
        }
        for one in self._running.values():
            one.who = partial(self._who, one)
        self._members_first = self._ordered(lambda one: one.watch.members)
        self._parents_first = self._ordered(lambda one: one.watch.parents)
        self._places: dict[tuple[str, str], tuple[pl.DataFrame, pl.DataFrame, Ints]] = {}

    def run(self) -> Iterator[Snapshot]:
        """Everything that happens, in order; then how the open episodes stand. The memories move on."""
        moments = sorted({at for one in self._running.values() for at in one.moments})
        for at in moments:
            before = {name: _Standing.of(one) for name, one in self._running.items()}
            for one in self._members_first:
                one.look(at, partial(self._count, one))
                yield from _corrected(one, at, before[one.watch.name])
            for one in self._parents_first:
                one.advance(self._quiet(one, at))
            for name, one in self._running.items():
                yield from _changes(one, at, before[name], _Standing.of(one), later=True)
        for one in self._running.values():
            yield from _open(one)
            if moments:
                one.tidy(moments[-1])

    def _ordered(self, needs) -> list[Running]:  # type: ignore[no-untyped-def]
        done: dict[str, Running] = {}
        waiting = dict(self._running)
        while waiting:
            ready = [n for n, one in waiting.items() if not any(other in waiting for other in needs(one))]
            for name in ready or list(waiting):
                done[name] = waiting.pop(name)
        return list(done.values())

    def _quiet(self, one: Running, at: int) -> Bools:
        """The keys whose parent has an episode pending or open, or had one until just now."""
        quiet = np.zeros(len(one.memory), dtype=bool)
        for name in one.watch.parents:
            parent = self._running.get(name)
            if parent is None:
                continue
            track = parent.memory.now[EPISODE]
            # What it was about takes as long to recover.
            linger = (one.watch.rule.recover.windows + 1) * one.watch.setting.every
            holds = pending(parent) | ((track["ended"] > 0) & (at - track["ended"] <= linger))
            place = self._place(parent, one)
            quiet |= np.where(place >= 0, holds[place] if len(holds) else False, False)
        return quiet

    def _count(self, mine: Running, rule: str, at: int) -> tuple[Floats, Floats]:
        """How many keys of a rule belong to each of mine, and for how many its clause holds."""
        other = self._running.get(rule)
        size = len(mine.memory)
        if other is None:
            return np.zeros(size), np.zeros(size)
        counts, held = other.holding(at)
        place = self._place(mine, other)
        inside = place >= 0
        return (
            np.bincount(place[inside & counts], minlength=size).astype(np.float64),
            np.bincount(place[inside & held], minlength=size).astype(np.float64),
        )

    def _who(self, mine: Running, rule: str, place: int) -> list[str]:
        """The keys of a rule that belong to one of mine and for which its clause holds, by name."""
        other = self._running.get(rule)
        if other is None:
            return []
        mask = (self._place(mine, other) == place) & (other.memory.own["holding"] == 1)
        keys = other.memory.keys.filter(pl.Series(mask)).select(other.watch.watched.fields)
        return sorted(" / ".join(map(str, key)) for key in keys.iter_rows())

    def _place(self, upper: Running, lower: Running) -> Ints:
        """Where, among the keys of one rule, each key of another belongs; -1 for nowhere."""
        names = (upper.watch.name, lower.watch.name)
        above, below = upper.memory.keys, lower.memory.keys
        kept = self._places.get(names)
        if kept is None or kept[0] is not above or kept[1] is not below:
            fields = list(upper.watch.watched.fields)
            joined = below.select(fields).join(
                above.select(fields).with_row_index("@place"), on=fields, how="left", maintain_order="left"
            )
            place = joined["@place"].cast(pl.Int64).fill_null(-1).to_numpy()
            kept = self._places[names] = (above, below, place)
        return kept[2]


@dataclass
class _Standing:
    """How a rule's episodes stand: the track, and the names of the latest."""

    track: dict[str, Array]
    named: Ints

    @classmethod
    def of(cls, one: Running) -> _Standing:
        return cls(dict(one.memory.now[EPISODE]), one.opened())


def _corrected(one: Running, at: int, before: _Standing) -> Iterator[Snapshot]:
    """What late records made of episodes; `before` then stands as they are now."""
    for told in one.told:
        standing = _Standing(told.standing(), np.array(told.named))
        snapshot = _snapshot(one, at, told.change, np.array(told.place), standing, slice(None))
        notes = tuple(mine or usual for mine, usual in zip(told.notes, snapshot.notes, strict=True))
        yield replace(snapshot, notes=notes)
    if one.corrected:
        now = _Standing.of(one)
        yield from _changes(one, at, before, now)
        before.track, before.named = now.track, now.named


def _changes(
    one: Running, at: int, before: _Standing, now: _Standing, later: bool = False
) -> Iterator[Snapshot]:
    """What happened to a rule's episodes from one standing to the next; `later` than others of the moment."""
    was, is_ = before.track["phase"] >= ACTIVE, now.track["phase"] >= ACTIVE
    # Names are moments, so they only grow, unless a correction took an episode back.
    new, same = now.named > before.named, now.named == before.named
    # What followed on an episode that was over was taken back, and it is not over after all.
    resumed = (now.named < before.named) & (now.named > 0) & is_
    goes_on = same & was & is_
    changes: tuple[tuple[Change, Bools], ...] = (
        ("fired", new),
        ("reopened", (same & ~was & is_) | resumed),
        ("escalated", goes_on & (now.track["severity"] > before.track["severity"])),
        ("recovering", goes_on & (now.track["phase"] > before.track["phase"])),
        ("resolved", (new | (same & was)) & ~is_),
    )
    for change, mask in changes:
        if mask.any():
            yield _snapshot(one, at, change, np.flatnonzero(mask), now, later=later)


def _open(one: Running) -> Iterator[Snapshot]:
    now = _Standing.of(one)
    open_ = np.flatnonzero(now.track["phase"] >= ACTIVE)
    if len(open_):
        at = one.memory.tail[-1].end if one.memory.tail else 0
        yield _snapshot(one, at, "goes_on", open_, now)


def _snapshot(
    one: Running,
    at: int,
    change: Change,
    place: Ints,
    standing: _Standing,
    where: Ints | slice | None = None,
    later: bool = False,
) -> Snapshot:
    """The episodes of the keys at `place`, which `standing` has at `where`, or else there too."""
    memory = one.memory
    where = place if where is None else where
    columns = [pl.Series(f"@{name}", standing.track[name][where]) for name in COLUMNS if name != "opened"]
    columns.append(pl.Series(NAMED, standing.named[where]))
    notes = tuple(memory.notes.get(int(row), b"{}") for row in memory.row[place])
    return Snapshot(one.watch.name, at, change, memory.keys[place].with_columns(columns), notes, later)
