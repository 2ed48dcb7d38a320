"""What late records make of episodes: windows judged again, and what of that differs from what was told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from framework.detectors.base import Array, Arrays, Bools, Ints, Seen, Verdict
from framework.episodes.judging import Judge, Tracks, put_back, taken
from framework.episodes.machine import ACTIVE, Judged
from framework.episodes.memory import EPISODE, Memory, Past

Explain = Callable[[Seen, dict[str, Verdict], Past, Arrays, Ints], Iterable[tuple[int, bytes]]]


@dataclass
class Told:
    """Episodes that stand otherwise than was told: the keys' places, the names, the tracks by then.

    `notes` explain them; None where the window that fired last can't be corrected any more.
    """

    change: Literal["withdrawn", "corrected"]
    place: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    tracks: list[dict[str, Array]] = field(default_factory=list)
    notes: list[bytes | None] = field(default_factory=list)

    def add(self, place: int, named: int, run: _Run, window: int, where: int, row: int) -> None:
        """One more, as a run has it after a window, with the key at `where`."""
        self.place.append(place)
        self.named.append(named)
        self.tracks.append({name: values[where] for name, values in run.tracks[window].items()})
        self.notes.append(run.notes.get((row, int(self.tracks[-1]["hit"]))))

    def standing(self) -> dict[str, Array]:
        """The tracks as arrays."""
        return {name: np.array([one[name] for one in self.tracks]) for name in self.tracks[0]}


@dataclass(frozen=True)
class _Run:
    """The kept windows judged in turn: the episodes' track after each, notes by row and window's end."""

    tracks: list[dict[str, Array]]
    notes: dict[tuple[int, int], bytes]

    def episodes(self, where: int, was_open: bool) -> dict[int, int]:
        """By name, of each episode that is open at any time, the window in which it is open last, or ends."""
        found: dict[int, int] = {}
        for window, track in enumerate(self.tracks):
            is_open = bool(track["phase"][where] >= ACTIVE)
            if is_open or was_open:
                found[int(track["opened"][where])] = window
            was_open = is_open
        return found


def correct(
    judge: Judge, memory: Memory, place: Ints, apply: Callable[[], None], explain: Explain
) -> tuple[list[Told], Seen, Judged]:
    """Judge the kept windows of some keys again, once `apply` has put in what is known of them now.

    The memory's present moves to what comes of it. An episode that fires at another moment keeps its name.
    Returns what was told and is not so, and the last window's judgement.
    """
    concerned = _concerned(memory, place)
    before = _run(judge, memory, place, explain)[0] if concerned.any() else None
    apply()
    after, tracks, seen, judged = _run(judge, memory, place, explain)
    put_back(memory.now, place, tracks)
    memory.notes |= {row: note for (row, _), note in after.notes.items()}
    concerned |= _concerned(memory, place)
    told = Told("withdrawn"), Told("corrected")
    for where in np.flatnonzero(concerned).tolist():
        _compare(memory, int(place[where]), where, before, after, told)
    return [one for one in told if one.place], seen, judged


def _concerned(memory: Memory, place: Ints) -> Bools:
    """The keys with an episode that was open in any of the kept windows."""
    settled, now = memory.settled[EPISODE], memory.now[EPISODE]
    found: Bools = settled["phase"][place] >= ACTIVE
    for name in ("opened", "reopened"):
        found = found | (settled[name][place] != now[name][place])
    return found


def _compare(
    memory: Memory, place: int, where: int, before: _Run | None, after: _Run, told: tuple[Told, Told]
) -> None:
    was_open = bool(memory.settled[EPISODE]["phase"][place] >= ACTIVE)
    alias_from, alias_to = (int(memory.own[name][place]) for name in ("alias_from", "alias_to"))

    def known(run: _Run | None, split: bool = False) -> dict[int, tuple[int, int]]:
        """By the name it is known by, each episode's own name, and its last window."""
        found = run.episodes(where, was_open) if run else {}
        renamed = alias_from in found and not (split and alias_to in found)
        return {
            alias_to if renamed and name == alias_from else name: (name, window)
            for name, window in found.items()
        }

    # One that was renamed falls into two: the later has the name as its own.
    old, new = known(before), known(after, split=True)
    pair = _pair(list(old), list(new))
    if pair is not None:
        # One that is gone and one that is new are the same, at another moment.
        lost, born = pair
        new = {lost if name == born else name: value for name, value in new.items()}
        for column, value in (("alias_from", new[lost][0]), ("alias_to", lost)):
            memory.own[column] = memory.own[column].copy()
            memory.own[column][place] = value
    elif alias_from in new and alias_from != alias_to:
        memory.own["alias_from"] = memory.own["alias_from"].copy()
        memory.own["alias_from"][place] = 0
    row = int(memory.row[place])
    for name, (_, window) in old.items():
        if name not in new:
            assert before is not None
            told[0].add(place, name, before, window, where, row)
    for name, (_, window) in new.items():
        track = after.tracks[window]
        if track["phase"][where] >= ACTIVE:
            continue
        was = before.tracks[old[name][1]] if before is not None and name in old else None
        if was is None or not _same(track, was, where):
            told[1].add(place, name, after, window, where, row)


def _pair(old: list[int], new: list[int]) -> tuple[int, int] | None:
    """The latest name that is gone and the latest that is new, with none that stays between the two."""
    stays = [name for name in old if name in new]
    for lost in reversed([name for name in old if name not in new]):
        for born in reversed([name for name in new if name not in old]):
            if not any(min(lost, born) < name < max(lost, born) for name in stays):
                return lost, born
    return None


def _same(one: dict[str, Array], other: dict[str, Array], where: int) -> bool:
    names = ("began", "hit", "ended", "severity", "reopened", "value", "worst", "expected", "lower", "upper")
    return all(np.array_equal(one[name][where], other[name][where], equal_nan=True) for name in names)


def _run(judge: Judge, memory: Memory, place: Ints, explain: Explain) -> tuple[_Run, Tracks, Seen, Judged]:
    tracks = taken(memory.settled, place)
    found = _Run([], {})
    for past in memory.tail:
        seen, verdicts, judged = judge.again(memory, past, tracks, place)
        for row, note in explain(seen, verdicts, past, tracks[EPISODE], place):
            found.notes[row, past.end] = note
        found.tracks.append(dict(tracks[EPISODE]))
    return found, tracks, seen, judged
