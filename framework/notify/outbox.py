"""The outbox: the transitions of committed ticks, in the store until every receiver has them.

A tick's steps write transitions as parts, named by the attempt. The commit names the parts; right after
it the driver writes the tick's entry, from which receivers read. A run that begins writes the entry of
the last commit where a kill came between the two. So what is committed is told, what is not is not.
Entries go when every receiver is past them, and the parts with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from framework.notify.transition import Transition
from framework.state import Checkpoint, Commit, ObjectStore, Segment

PARTS, TICKS, CURSORS = "outbox/parts/", "outbox/ticks/", "outbox/cursors/"
_ROWS, _BYTES = 500, 1_000_000  # of a segment: what is read at one go
_NAME = re.compile(rf"{TICKS}(\d+)-(\d+)-(\d+)-(\w+)\.json")
_PART = re.compile(rf"{PARTS}(\d+)/(\w+)-")
_TRANSITIONS = msgspec.json.Decoder(Transition)
_SEGMENTS = msgspec.json.Decoder(tuple[Segment, ...])


def put(
    store: ObjectStore, tick: int, attempt: str, partition: int, transitions: Sequence[Transition]
) -> tuple[Segment, ...]:
    """Write the transitions of a partition in an attempt at a tick; the segments are for the commit.

    They are sent in this order: those of one episode in theirs. Nothing is written for none.
    """
    if not transitions:
        return ()
    # Whoever executes ticks may try a step twice, and then the first writing may be the one that counts.
    name = f"{parts(tick)}{attempt}-{partition:04d}-{Checkpoint.new_attempt()}.ndjson"
    lines = [msgspec.json.encode(transition) + b"\n" for transition in transitions]
    whole = sum(map(len, lines))
    segments, begin, offset = [], 0, 0
    for end in _ends(lines):
        size = sum(map(len, lines[begin:end]))
        segments.append(Segment(name=name, rows=end - begin, offset=offset, bytes=size, whole=whole))
        begin, offset = end, offset + size
    store.put(name, b"".join(lines))
    return tuple(segments)


class Entry(NamedTuple):
    """A committed tick with transitions, and when that was (milliseconds since the epoch)."""

    tick: int
    time: int
    rows: int
    attempt: str

    @classmethod
    def of(cls, commit: Commit) -> Entry:
        """The entry of a commit that names transitions."""
        return cls(commit.number, commit.version, sum(one.rows for one in commit.outbox), commit.attempt)

    @classmethod
    def named(cls, name: str) -> Entry | None:
        """The entry of a name in the store; None for another's name.

        >>> Entry.named(Entry(7, 1_700_000_000_000, 3, "a1b2").name)
        Entry(tick=7, time=1700000000000, rows=3, attempt='a1b2')
        """
        found = _NAME.fullmatch(name)
        return cls(int(found[1]), int(found[2]), int(found[3]), found[4]) if found else None

    @property
    def name(self) -> str:
        """Its name in the store, which tells all of it: to begin, a listing is enough."""
        return f"{TICKS}{self.tick:010d}-{self.time}-{self.rows}-{self.attempt}.json"


class Cursor(msgspec.Struct, frozen=True, order=True):
    """How far a receiver is: past all ticks before `tick`, and past `done` transitions of it."""

    tick: int
    done: int = 0


class Reader:
    """Reads what entries name, and remembers the last entry and the last segment."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._entry: tuple[str, tuple[Segment, ...]] = "", ()
        self._segment: tuple[Segment | None, list[Transition]] = None, []

    def rest(self, entry: Entry, done: int) -> tuple[list[Transition], int]:
        """The transitions from `done` to the end of its segment, and that end.

        There are none where another run, which is past them, has removed them.
        """
        try:
            begin = 0
            for segment in self._segments(entry):
                if done < begin + segment.rows:
                    return self._transitions(segment)[done - begin :], begin + segment.rows
                begin += segment.rows
        except KeyError:
            pass
        return [], entry.rows

    def _segments(self, entry: Entry) -> tuple[Segment, ...]:
        if self._entry[0] != entry.name:
            self._entry = entry.name, _SEGMENTS.decode(self._store.get(entry.name))
        return self._entry[1]

    def _transitions(self, segment: Segment) -> list[Transition]:
        if self._segment[0] != segment:
            lines = self._store.get(segment.name, segment.offset, segment.bytes)
            self._segment = segment, _TRANSITIONS.decode_lines(lines)
        return self._segment[1]


def parts(tick: int) -> str:
    """The folder of the transitions of all attempts at a tick."""
    return f"{PARTS}{tick:010d}/"


def owner(part: str) -> tuple[int, str]:
    """The tick and the attempt that wrote a part.

    >>> owner(parts(7) + "a1b2-0000-c3.ndjson")
    (7, 'a1b2')
    """
    found = _PART.match(part)
    if found is None:
        raise ValueError(part)
    return int(found[1]), found[2]


def cursor(receiver: str) -> str:
    """The name of a receiver's cursor."""
    return f"{CURSORS}{receiver}.json"


def _ends(lines: Sequence[bytes]) -> Iterator[int]:
    """Where segments of the lines end."""
    rows = size = 0
    for place, line in enumerate(lines):
        if rows and (rows == _ROWS or size + len(line) > _BYTES):
            yield place
            rows = size = 0
        rows, size = rows + 1, size + len(line)
    yield len(lines)
