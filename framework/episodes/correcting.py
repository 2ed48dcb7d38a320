"""What late records make of episodes: windows judged again, and what of that differs from what was told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from framework.detectors.base import Array, Bools, Ints, Seen, Verdict
from framework.episodes.judging import Judge, Tracks, put_back, taken
from framework.episodes.machine import ACTIVE, Judged
from framework.episodes.memory import EPISODE, Memory, Past

Explain = Callable[[Seen, dict[str, Verdict], Past, dict[str, Array], Ints], None]


@dataclass
class Told:
    """Episodes that stand otherwise than was told: the keys' places, the names, the tracks by then."""

    change: Literal["withdrawn", "corrected"]
    place: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    tracks: list[dict[str, Array]] = field(default_factory=list)

    def add(self, place: int, named: int, track: dict[str, Array], where: int) -> None:
        """One more; `track` has the key at `where`."""
        self.place.append(place)
        self.named.append(named)
        self.tracks.append({name: values[where] for name, values in track.items()})

    def standing(self) -> dict[str, Array]:
        """The tracks as arrays."""
        return {name: np.array([one[name] for one in self.tracks]) for name in self.tracks[0]}


@dataclass(frozen=True)
class _Run:
    """The kept windows judged in turn: the episodes' track after each."""

    tracks: list[dict[str, Array]]

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
    before = _run(judge, memory, place)[0] if concerned.any() else None
    apply()
    after, tracks, seen, judged = _run(judge, memory, place, explain)
    put_back(memory.now, place, tracks)
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
    old = before.episodes(where, was_open) if before else {}
    new = after.episodes(where, was_open)
    lost, born = [n for n in old if n not in new], [n for n in new if n not in old]
    alias_from, alias_to = (int(memory.own[name][place]) for name in ("alias_from", "alias_to"))

    def known_as(name: int) -> int:
        return alias_to if name == alias_from else name

    names = {name: known_as(name) for name in (*old, *new)}
    if lost and born:
        # The first that is gone and the first that is new are the same, at another moment.
        names[born[0]] = names[lost.pop(0)]
        for column, value in (("alias_from", born[0]), ("alias_to", names[born[0]])):
            memory.own[column] = memory.own[column].copy()
            memory.own[column][place] = value
    for name in lost:
        assert before is not None
        told[0].add(place, names[name], before.tracks[old[name]], where)
    for name, window in new.items():
        track = after.tracks[window]
        if track["phase"][where] >= ACTIVE:
            continue
        same = before is not None and name in old and _same(track, before.tracks[old[name]], where)
        if not same:
            told[1].add(place, names[name], track, where)


def _same(one: dict[str, Array], other: dict[str, Array], where: int) -> bool:
    names = ("began", "hit", "ended", "severity", "reopened", "value", "worst", "expected", "lower", "upper")
    return all(np.array_equal(one[name][where], other[name][where], equal_nan=True) for name in names)


def _run(
    judge: Judge, memory: Memory, place: Ints, explain: Explain | None = None
) -> tuple[_Run, Tracks, Seen, Judged]:
    tracks = taken(memory.settled, place)
    found = []
    for past in memory.tail:
        seen, verdicts, judged = judge.again(memory, past, tracks, place)
        if explain:
            explain(seen, verdicts, past, tracks[EPISODE], place)  # type: ignore[arg-type]
        found.append(dict(tracks[EPISODE]))
    return _Run(found), tracks, seen, judged
