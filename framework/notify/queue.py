"""The queue of what waits in the outbox: one for all receivers, each with a cursor of its own."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import NamedTuple

import msgspec

from framework.notify.outbox import CURSORS, PARTS, TICKS, Cursor, Entry, Reader, cursor, owner, parts
from framework.notify.transition import Transition
from framework.state import AlreadyExists, Commit, ObjectStore, Segment

MOST = 100_000  # transitions that wait for one receiver
LONGEST = 7 * 24 * 3_600_000  # milliseconds that one waits
_TICK = attrgetter("tick")

log = logging.getLogger("sortline.notify")


class Taken(NamedTuple):
    """Transitions in order, and the cursor once they are told."""

    transitions: list[Transition]
    after: Cursor


class Queue:
    """What committed ticks left in the outbox of a store, for receivers by their names.

    Safe for threads: one that commits, and one for each receiver. Of what waits only the ticks are held,
    never the transitions. Beyond `most` or `longest` the oldest are dropped. Without receivers
    nothing is kept. Any method may raise `CheckpointError`.
    """

    def __init__(
        self,
        store: ObjectStore,
        receivers: Iterable[str],
        *,
        most: int = MOST,
        longest: int = LONGEST,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._store, self._most, self._longest, self._now = store, most, longest, now
        self._entries: list[Entry] = []
        self._cursors = dict.fromkeys(receivers, Cursor(1))
        self.dropped = dict.fromkeys(self._cursors, 0)
        self._told = dict.fromkeys(self._cursors, 0)
        self._readers = {receiver: Reader(store) for receiver in self._cursors}
        self._changed = threading.Condition()
        # A folder goes with its last file: nothing may be written into it meanwhile.
        self._files = threading.Lock()
        self._ending = self._closed = False

    def begin(self, commit: Commit) -> None:
        """Take up what earlier runs left. `commit` is the last one that stands, or that of nothing.

        A receiver that is new is told of what is committed from now on.
        """
        last = commit.number
        written = self._store.names(PARTS)
        entries = [entry for name in self._store.names(TICKS) if (entry := Entry.named(name))]
        untold = commit.outbox and all(entry.tick != last for entry in entries)
        # A kill came between commit and entry; or all were told, and then its parts are gone.
        if untold and any(owner(part) == (last, commit.attempt) for part in written):
            self._write(Entry.of(commit), commit.outbox)
            entries.append(Entry.of(commit))
        named = {(entry.tick, entry.attempt) for entry in entries}
        lost = [part for part in written if owner(part)[0] <= last and owner(part) not in named]
        self._store.delete_many(lost)
        self._entries = sorted(entries)
        if self._cursors:
            self._place(last)
            self._bound()

    def committed(self, commit: Commit) -> None:
        """Keep what a commit that stands tells."""
        if not commit.outbox:
            return
        if not self._cursors:
            self._remove_parts(commit.number)
            return
        entry = Entry.of(commit)
        self._write(entry, commit.outbox)
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()
        self._bound()

    def take(self, receiver: str, most: int, wants: Callable[[Transition], bool]) -> Taken | None:
        """The oldest transitions that wait for a receiver and that it wants, up to `most`. None: none wait.

        They may be none where others were passed over.
        """
        found: list[Transition] = []
        begun = at = self._cursors[receiver]
        while len(found) < most and (entry := self._next(at)) is not None:
            done = at.done if at.tick == entry.tick else 0
            rest, end = self._readers[receiver].rest(entry, done)
            for transition in rest:
                if len(found) == most:
                    break
                done += 1
                if wants(transition):
                    found.append(transition)
            else:
                done = end
            at = Cursor(entry.tick + 1) if done >= entry.rows else Cursor(entry.tick, done)
        return Taken(found, at) if at > begun else None

    def acknowledge(self, receiver: str, after: Cursor, *, lasting: bool = True) -> None:
        """A receiver is this far; also over a kill where `lasting`."""
        with self._changed:
            if self._closed:
                return
            self._cursors[receiver] = max(self._cursors[receiver], after)
        if lasting:
            self._store.put(cursor(receiver), msgspec.json.encode(after))
        self._trim()

    def wait(self, receiver: str) -> bool:
        """Wait until something waits for a receiver; False when nothing does and nothing will."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending or self._next(self._cursors[receiver]) is not None)
            return not self._closed and self._next(self._cursors[receiver]) is not None

    def waiting(self, receiver: str) -> tuple[int, float]:
        """How many transitions wait for a receiver, wanted or not, and how long the oldest has (seconds)."""
        with self._changed:
            at = self._cursors[receiver]
            entries = self._entries[bisect_left(self._entries, at.tick, key=_TICK) :]
        if not entries:
            return 0, 0.0
        begun = at.done if entries[0].tick == at.tick else 0
        age = max(self._now() - entries[0].time, 0) / 1e3
        return sum(entry.rows for entry in entries) - begun, age

    def end(self) -> None:
        """Nothing more will be committed."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    def close(self) -> None:
        """Leave the store as it is from now on."""
        with self._changed:
            self._closed = self._ending = True
            self._changed.notify_all()

    def _next(self, at: Cursor) -> Entry | None:
        with self._changed:
            place = bisect_left(self._entries, at.tick, key=_TICK)
            return self._entries[place] if place < len(self._entries) else None

    def _place(self, last: int) -> None:
        known = set(self._store.names(CURSORS))
        for receiver in self._cursors:
            name = cursor(receiver)
            if name in known:
                self._cursors[receiver] = msgspec.json.decode(self._store.get(name), type=Cursor)
            else:
                self._cursors[receiver] = Cursor(last + 1)
                self._store.put(name, msgspec.json.encode(Cursor(last + 1)))
        self._store.delete_many(sorted(known - set(map(cursor, self._cursors))))

    def _bound(self) -> None:
        """Pass over what a receiver can't have any more."""
        dropped = 0
        for receiver in self._cursors:
            with self._changed:
                dropped += self._shorten(receiver)
            # Told at first, and as the number doubles.
            if self.dropped[receiver] > 2 * self._told[receiver]:
                self._told[receiver] = self.dropped[receiver]
                log.error("%s: the oldest %d notifications are dropped", receiver, self.dropped[receiver])
        if dropped:
            self._trim()

    def _shorten(self, receiver: str) -> int:
        waiting, _ = self.waiting(receiver)
        oldest, dropped = self._now() - self._longest, 0
        while (entry := self._next(at := self._cursors[receiver])) is not None:
            done = at.done if at.tick == entry.tick else 0
            rows = entry.rows - done
            over = rows if entry.time < oldest else min(rows, waiting - dropped - self._most)
            if over <= 0:
                break
            whole = over == rows
            self._cursors[receiver] = Cursor(entry.tick + 1) if whole else Cursor(entry.tick, done + over)
            dropped += over
        self.dropped[receiver] += dropped
        return dropped

    def _trim(self) -> None:
        """Remove what every receiver is past."""
        with self._changed:
            least = min(at.tick for at in self._cursors.values())
            place = bisect_left(self._entries, least, key=_TICK)
            over = self._entries[:place]
            del self._entries[:place]
        if over:
            with self._files:
                self._store.delete_many(entry.name for entry in over)
            for entry in over:
                self._remove_parts(entry.tick)

    def _write(self, entry: Entry, segments: tuple[Segment, ...]) -> None:
        # Another run that has taken over may have written the same.
        with self._files, contextlib.suppress(AlreadyExists):
            self._store.create(entry.name, msgspec.json.encode(segments))

    def _remove_parts(self, tick: int) -> None:
        """Those of attempts that were killed are among them: they told the same."""
        self._store.delete_many(self._store.names(parts(tick)))
