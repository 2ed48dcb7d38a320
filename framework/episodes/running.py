"""One rule on its way through the windows of a tick."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from framework.detectors.base import UNKNOWN, YES, Arrays, Bools, Floats, Ints, Seen, Verdict
from framework.episodes.correcting import Told, correct
from framework.episodes.explain import Who, explained
from framework.episodes.feed import Feed, PartRows, Rows, codes
from framework.episodes.hours import at_work, muted
from framework.episodes.judging import Judge
from framework.episodes.machine import ACTIVE, INACTIVE, PENDING, Judged, step
from framework.episodes.memory import EPISODE, FIGURES, Memory, Past

DAY = 86_400_000_000
GONE = 14 * DAY  # after so long without a row a key is forgotten

Members = Callable[[str, int], tuple[Floats, Floats]]


@dataclass
class _Looked:
    """What stands between a window's judgement and the step of its episodes."""

    past: Past
    seen: Seen
    verdicts: dict[str, Verdict]
    judged: Judged


class Running:
    """A memory with the rows of a tick. `look` and `advance` are called once for every moment, in order."""

    def __init__(self, memory: Memory, feed: Feed, parts: Mapping[str, Feed]) -> None:
        self.memory, self.watch = memory, memory.watch
        self._judge = Judge(memory.watch)
        held = len(memory)
        self.rows = Rows(memory, feed)
        self._ends = frozenset(feed.ends.tolist())
        self._parts = {
            part.name: PartRows(memory, parts[part.watched.name], part.field, part.watched.window.size)
            for part in self.watch.parts
            if part.watched.name in parts
        }
        self.who: Who = lambda rule, place: []
        self.told: list[Told] = []
        self.corrected = False
        self._looked: _Looked | None = None
        self._group()
        for past in memory.tail if len(memory) > held else ():
            past.judged[held:] = self._looks(past.start, past.end)[held:]

    @property
    def moments(self) -> Iterable[int]:
        """All moments at which something is to be done."""
        return {*self._ends, *self.rows.at.tolist()}

    def look(self, at: int, members: Members) -> None:
        """Settle, correct, and judge the window that ends now. `members` counts a rule's keys for mine."""
        memory = self.memory
        if self.rows.describe(memory, at):
            self._group()
        self._settle(at - self.watch.correct_for - self.watch.setting.every)
        due = self.rows.due(at)
        place, end = self.rows.place[due], self.rows.end[due]
        late = end < at
        self.told, self.corrected = [], False
        back = np.unique(place[at - memory.own["heard"][place] > GONE])
        if len(back):
            memory.renew(back, at)
        if late.any():
            self._correct(place[late], end[late], due, late)
        self._looked = None
        if at in self._ends:
            self._looked = self._window(at, place[~late], due, ~late, members)

    def advance(self, quiet: Bools) -> None:
        """Let the episodes go on from what was seen; `quiet` keys open none."""
        looked = self._looked
        if looked is None:
            return
        memory, past = self.memory, looked.past
        past.quiet = quiet & looked.seen.known
        track = memory.now[EPISODE]
        step(
            self.watch.rule,
            self.watch.setting.every,
            track,
            past.start,
            past.end,
            looked.judged,
            quiet,
            looked.seen.known,
        )
        memory.tail.append(past)
        memory.notes |= dict(self._explain(looked.seen, looked.verdicts, past, track, None))

    def opened(self) -> Ints:
        """The names that the latest episodes are known by, as the moments when they fired."""
        own, opened = self.memory.own, self.memory.now[EPISODE]["opened"]
        known: Ints = np.where(
            (own["alias_from"] > 0) & (opened == own["alias_from"]), own["alias_to"], opened
        )
        return known

    def holding(self, at: int) -> tuple[Bools, Bools]:
        """Which keys count, and for which of them the clause holds, as of their latest window."""
        own = self.memory.own
        counts = (own["entered"] <= at) & (own["entered"] > 0) & (own["holding"] != UNKNOWN)
        return counts, counts & (own["holding"] == YES)

    def _group(self) -> None:
        keys = self.memory.keys
        self._groups = {name: codes(keys, fields) for name, fields in self.watch.groups}

    def _window(
        self,
        end: int,
        place: Ints,
        due: slice,
        timely: Bools,
        members: Members,
    ) -> _Looked:
        memory = self.memory
        count, start = len(memory), end - self.watch.setting.size
        self._let_go(place, end)
        figures: dict[str, Floats] = {name: np.full(count, np.nan) for name in FIGURES}
        figures["events"] = np.zeros(count)
        for name in FIGURES:
            figures[name][place] = self.rows.figures[name][due][timely]
        known = (memory.own["entered"] <= end) & (end - memory.own["heard"] <= GONE)
        entered = memory.own["entered"]
        seen = Seen(
            start=start,
            end=end,
            known=known,
            row=memory.row,
            groups=self._groups,
            parts={name: rows.due(end, entered) for name, rows in self._parts.items()},
            members={name: members(name, end) for name in self.watch.members},
            **figures,
        )
        context = {
            one.id: _of(known, one.context(seen, memory.learned[one.id], memory.tables[one.id]))
            for one in self.watch.detectors
        }
        past = Past(start, end, figures, known, np.zeros(count, dtype=bool), self._looks(start, end), context)
        verdicts = self._judge.verdicts(seen, context, memory.now)
        judged = self._judge.judged(seen, verdicts, past.judged, memory.now[EPISODE])
        self._hold(np.arange(count), seen, judged)
        return _Looked(past, seen, verdicts, judged)

    def _hold(self, place: Ints, seen: Seen, judged: Judged) -> None:
        holding = np.where(judged.judged & seen.known, judged.firing, UNKNOWN).astype(np.int8)
        whole = self.memory.own["holding"].copy()
        whole[place] = holding
        self.memory.own["holding"] = whole

    def _looks(self, start: int, end: int) -> Bools:
        watch = self.watch
        looks = np.ones(len(self.memory), dtype=bool)
        during = watch.rule.during
        if during is not None:
            calendar = next(one for one in watch.calendars if one.name == during.calendar)
            # A window counts by its middle: one that a shift's end cuts belongs to where most of it lies.
            looks &= at_work(calendar, during, (start + end) // 2)
        if self.memory.here is not None:
            # The others are remembered elsewhere by now: their episodes end here.
            looks &= self.memory.here(self.memory.keys, start)
        mutes = muted(watch.calendars, self.memory.keys, start, end)
        return looks if mutes is None else looks & ~mutes

    def _settle(self, until: int) -> None:
        memory = self.memory
        while memory.tail and memory.tail[0].end <= until:
            self._judge.learn(memory, memory.tail.pop(0))

    def _correct(self, place: Ints, end: Ints, due: slice, late: Bools) -> None:
        """Put corrected figures in their windows, and judge the keys' kept windows again."""
        memory = self.memory
        by_end = {past.end: past for past in memory.tail}
        figures = {name: self.rows.figures[name][due][late] for name in FIGURES}
        wanted = [(one, by_end[at]) for one, at in enumerate(end.tolist()) if at in by_end]
        if not wanted:
            return

        def apply() -> None:
            for one, past in wanted:
                for name in FIGURES:
                    past.figures[name][place[one]] = figures[name][one]
                past.known[place[one]] = True

        touched = {int(place[one]) for one, _ in wanted}
        again = np.array(sorted(touched), dtype=np.int64)
        self.corrected = True
        self.told, seen, judged = correct(self._judge, memory, again, apply, self._explain)
        self._hold(again, seen, judged)

    def _let_go(self, place: Ints, end: int) -> None:
        """End the episodes of keys that have had no row for long; one that comes back begins anew."""
        memory, own = self.memory, self.memory.own
        heard = own["heard"].copy()
        heard[place] = end
        own["heard"] = heard
        gone = (own["entered"] < end) & (end - heard > GONE)
        if gone.any():
            for tracks in (memory.now, memory.settled):
                track = tracks[EPISODE]
                ends = gone & (track["phase"] != INACTIVE)
                track["ended"] = np.where(ends & (track["phase"] >= ACTIVE), track["hit"], track["ended"])
                track["phase"] = np.where(gone, INACTIVE, track["phase"]).astype(np.int8)
                track["count"] = np.where(gone, 0, track["count"]).astype(np.int32)

    def _explain(
        self, seen: Seen, verdicts: Mapping[str, Verdict], past: Past, track: Arrays, place: Ints | None
    ) -> Iterator[tuple[int, bytes]]:
        """The notes on the keys whose episodes the window fires, by row."""
        hit = (track["hit"] == past.end) & (track["phase"] >= ACTIVE)
        for where in np.flatnonzero(hit).tolist():
            row, began = int(seen.row[where]), int(track["began"][where])
            was = {} if place is None else self._note(row, began)
            yield row, explained(self.memory, seen, verdicts, past, where, place, self.who, was)

    def _note(self, row: int, began: int) -> Mapping[str, Any]:
        """The latest note on an episode, of a window that may still be corrected."""
        note = msgspec.json.decode(self.memory.notes.get(row, b"{}"))
        window = note.get("window", 0)
        return note if window > began and window >= self.memory.tail[0].end else {}

    def tidy(self, at: int) -> None:
        """Drop the notes of episodes that nothing can open again, and keys that are gone."""
        memory, track = self.memory, self.memory.now[EPISODE]
        windows = self.watch.rule.reopen + self.watch.rule.fire.windows
        # For as long, too, as a late record may make something else of them.
        kept = max(windows * self.watch.setting.every, 2 * self.watch.setting.every + self.watch.correct_for)
        over = (track["phase"] == INACTIVE) & (at - track["ended"] > kept)
        for row in memory.notes.keys() & set(memory.row[over].tolist()):
            # Of an episode that was withdrawn the note may be younger than the end of the one before.
            if at - msgspec.json.decode(memory.notes[row])["window"] > kept:
                memory.notes.pop(row)
        gone = (at - memory.own["heard"] > GONE) & (track["phase"] == INACTIVE)
        if gone.any():
            memory.forget(gone)


def _of(known: Bools, context: Mapping[str, Floats]) -> dict[str, Floats]:
    """What is known of keys that have the window: one met later must find it as if never met before."""
    if known.all():
        return dict(context)
    return {name: np.where(known, values, np.nan) for name, values in context.items()}


def pending(running: Running) -> Bools:
    """The keys whose episodes are pending or open."""
    phase: Bools = running.memory.now[EPISODE]["phase"] >= PENDING
    return phase
