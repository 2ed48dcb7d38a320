"""The records of the log: what a tick is about to do, and what it has done."""

from __future__ import annotations

import msgspec

from framework.sources import Range


class ShardState(msgspec.Struct, frozen=True, kw_only=True):
    """How far one shard has been counted.

    `latest` is the greatest event time seen in it (microseconds), `idle` the clock that it follows
    while it has nothing new, `closed` tells that it has ended for good.
    """

    position: str = ""
    latest: int | None = None
    idle: int | None = None
    closed: bool = False


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of one table of one partition. `high` is the greatest time in it.

    It is `bytes` of the object `name` from `offset` on; `whole` is the size of that object, which holds
    other segments too. Segments of format 1 have an object of their own, and may not tell its size: 0.
    """

    name: str
    rows: int
    high: int = 0
    offset: int = 0
    bytes: int = 0
    whole: int = 0


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What tick `number` is going to count, written before anything is read.

    `clock` is the one reading of the clock that the tick may use (microseconds); `version` the
    external version of the documents it writes; `end` closes all windows after these ranges.
    """

    number: int
    clock: int
    version: int
    definitions: str
    ranges: tuple[Range, ...]
    end: bool = False
    provisional: bool = True


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """What stands after tick `number`: the shards' positions, the watermark, the tables' files.

    `first` and `last` map a slice's size to the earliest and latest slice that holds an event, `begun` to
    the earliest with one that came in time;
    `active` are the hours that held any; `started` is the clock of the run's first intent; `since`
    tells of each group's measure from which time on its events were all counted (0: all there were).
    `outbox` are the tick's transitions of episodes, for whoever is notified of them.
    """

    number: int
    attempt: str
    definitions: str
    version: int
    started: int
    shards: dict[str, ShardState] = msgspec.field(default_factory=dict)
    watermark: int | None = None
    first: dict[str, int] = msgspec.field(default_factory=dict)
    last: dict[str, int] = msgspec.field(default_factory=dict)
    begun: dict[str, int] = msgspec.field(default_factory=dict)
    active: tuple[int, ...] = ()
    since: dict[str, int] = msgspec.field(default_factory=dict)
    tables: dict[str, tuple[Segment, ...]] = msgspec.field(default_factory=dict)
    totals: dict[str, int] = msgspec.field(default_factory=dict)
    outbox: tuple[Segment, ...] = ()
    ended: bool = False

    @classmethod
    def nothing(cls, definitions: str) -> Commit:
        """What stands before the first tick."""
        return cls(number=0, attempt="", definitions=definitions, version=0, started=0)

    @property
    def files(self) -> set[str]:
        """The names of the state's files."""
        return set(self.sizes)

    @property
    def sizes(self) -> dict[str, int]:
        """The bytes of each of the state's files, also those that no table needs any more."""
        named = [segment for segments in self.tables.values() for segment in segments]
        return {segment.name: segment.whole or segment.bytes for segment in named}

    @property
    def latest(self) -> int | None:
        """The greatest event time read of any shard (microseconds)."""
        return max((shard.latest for shard in self.shards.values() if shard.latest is not None), default=None)

    @property
    def dead(self) -> dict[str, int]:
        """How many dead letters there were, by reason."""
        return {name[5:]: count for name, count in self.totals.items() if name.startswith("dead.")}
