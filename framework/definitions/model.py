"""The definitions as typed, frozen values: what the YAML says, checked, and where it says it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Literal

from framework.definitions.diagnostics import Span
from framework.definitions.notify import Notified
from framework.definitions.rule import Rule

Scalar = str | int | float | bool
FieldType = Literal["string", "int", "float", "bool"]
Better = Literal["higher", "lower"]
TimeFormat = Literal["iso", "s", "ms", "us", "ns"]


@dataclass(frozen=True)
class Formula:
    """A formula's text and where it stands.

    `starts` has, for each line of `text`, the place in the file of that line's first character.
    `runs` has, for each stretch of `text` that stands on one line of the file as it is, the index of
    its first character and that character's place; folds and escapes of YAML lie between them.
    """

    text: str
    starts: tuple[Span, ...]
    runs: tuple[tuple[int, Span], ...] = field(default=(), compare=False, repr=False)

    def at(self, line: int, offset: int, length: int = 1) -> Span:
        """The place in the file of character `offset` (from 0) of line `line` (from 1) of the text."""
        if not self.runs:
            start = self.starts[min(line, len(self.starts)) - 1]
            column = start.column + offset
            return Span(start.path, start.line, column, column + length)
        begin = sum(len(one) + 1 for one in self.text.split("\n")[: line - 1]) + offset
        stop = begin + max(length, 1)
        first, last = self._place(begin), self._place(stop - 1)
        after = self._place(stop) if stop < len(self.text) else last
        # An escape is wider than its character: up to where the next one begins.
        end = max(after.column if after.line == last.line else 0, last.end_column)
        return Span(
            first.path, first.line, first.column, end if last.line == first.line else first.end_column
        )

    def _place(self, index: int) -> Span:
        start, span = self.runs[max(bisect_right(self.runs, index, key=itemgetter(0)) - 1, 0)]
        column = span.column + max(index - start, 0)
        return Span(span.path, span.line, column, column + 1)


@dataclass(frozen=True)
class Window:
    """Event-time windows of `size` microseconds, one every `every` microseconds, aligned to the epoch."""

    size: int
    every: int


@dataclass(frozen=True)
class Grouping:
    """What a KPI is computed for: a level's name, or a combination of levels and fields.

    `name` is the level's name, or the combination's parts joined by `+`; `fields` are the
    dimensions that identify one of each; `is_level` tells the one from the other.
    """

    name: str
    fields: tuple[str, ...]
    is_level: bool
    at: Span


@dataclass(frozen=True)
class Kpi:
    """One KPI, as written. `by` is resolved against the pipeline's levels."""

    name: str
    title: str
    unit: str
    better: Better
    owner: str
    audience: tuple[str, ...]
    description: str
    by: tuple[Grouping, ...]
    window: Window
    value: Formula
    where: Formula | None
    at: Span
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, hash=False)


@dataclass(frozen=True)
class EventField:
    """One field of an event. `low` and `high` are inclusive bounds; `one_of` the only values allowed."""

    name: str
    type: FieldType
    unit: str
    optional: bool
    low: float | None
    high: float | None
    one_of: tuple[str, ...]
    at: Span


@dataclass(frozen=True)
class Events:
    """How a record becomes an event. Durations are in microseconds.

    `time` and `id` name the JSON keys that hold the event's time and its identity (`id` may be
    absent: then nothing is deduplicated). `ahead` is how far past the clock an event's time may lie.
    """

    time: str
    time_format: TimeFormat
    id: str | None
    dedupe: int
    disorder: int
    correct_for: int
    ahead: int
    fields: tuple[EventField, ...]


@dataclass(frozen=True)
class Level:
    """A level: the dimensions that identify one of each. `places` are where each stands in the file."""

    name: str
    fields: tuple[str, ...]
    at: Span
    places: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class KinesisSource:
    """A Kinesis stream. `start` is trim_horizon, latest, or an ISO 8601 time."""

    stream: str
    region: str | None = None
    endpoint_url: str | None = None
    start: str = "trim_horizon"


@dataclass(frozen=True)
class FileSource:
    """A newline-delimited JSON file, or a folder of them: a shard a file."""

    path: str


@dataclass(frozen=True)
class ElasticsearchSink:
    """An Elasticsearch cluster. `url` may hold `${NAME}`: taken from the environment when run."""

    url: str


@dataclass(frozen=True)
class FileSink:
    """A folder that takes `kpi.ndjson`, `alerts.ndjson` and `deadletters.ndjson`."""

    path: str


@dataclass(frozen=True)
class StoreSink:
    """The embedded store: one SQLite file."""

    path: str


@dataclass(frozen=True)
class Pipeline:
    """The pipeline: where events come from, what they look like, where documents go, who is notified."""

    name: str
    source: KinesisSource | FileSource | None
    events: Events
    levels: tuple[Level, ...]
    sink: ElasticsearchSink | FileSink | StoreSink | None
    namespace: str
    at: Span
    notify: tuple[Notified, ...] = ()


@dataclass(frozen=True)
class Pattern:
    """What one key of an assignment accepts of one field.

    `texts`: exact values; `globs`: shell patterns (`*`, `?`, `[0-3]`); `ranges`: inclusive
    (low, high) of a number. A value matches when any of them accepts it. `text` is as written, `type`
    the field's.
    """

    field: str
    text: str
    texts: tuple[str, ...]
    globs: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    at: Span
    type: FieldType = "string"


@dataclass(frozen=True)
class Assignment:
    """One way into a zone: every pattern must match; then `sets` are the dimensions' values.

    A YAML entry with a mapping of lanes to zones gives one assignment a zone; `sets` has the
    file's `set`, the entry's own `set`, and `zone`.
    """

    match: tuple[Pattern, ...]
    sets: Mapping[str, Scalar]
    at: Span


@dataclass(frozen=True)
class ZoneMap:
    """Which dimensions events get, from `effective` (microseconds since the epoch, UTC) on.

    The first assignment that matches wins. Maps of one `name` replace one another by `effective`.
    """

    name: str
    effective: int
    assignments: tuple[Assignment, ...]
    at: Span


@dataclass(frozen=True)
class Maintenance:
    """A stretch of time (microseconds, `end` exclusive) in which rules are muted.

    It is for the keys whose fields and dimensions have the values of `at`; all of them where it is empty.
    """

    start: int
    end: int
    at: Mapping[str, str]
    note: str = ""
    at_span: Span = field(default=Span(""), compare=False, repr=False)


@dataclass(frozen=True)
class Calendar:
    """Named weekly shifts and dated exceptions, in a time zone.

    A shift is its stretches (start, end) in minutes since Monday 00:00 local time; one that goes past
    Sunday midnight ends after minute 10,080. `holidays` are ISO days.
    """

    name: str
    timezone: str
    shifts: Mapping[str, tuple[tuple[int, int], ...]]
    holidays: tuple[str, ...]
    at: Span
    maintenance: tuple[Maintenance, ...] = ()


@dataclass(frozen=True)
class Simulation:
    """How a believable plant behaves: the checked YAML of one `simulation` file, read by the simulator."""

    name: str
    spec: Mapping[str, Any]
    at: Span


@dataclass(frozen=True)
class Definitions:
    """Everything in a folder of definitions, checked. `files` has each file's text by its path.

    `lost` are names that mistakes elsewhere made unsure: further checks say nothing of them. It is empty
    when there are no errors.
    """

    pipeline: Pipeline
    kpis: tuple[Kpi, ...]
    zones: tuple[ZoneMap, ...]
    calendars: tuple[Calendar, ...]
    simulations: tuple[Simulation, ...]
    files: Mapping[str, str]
    lost: frozenset[str] = frozenset()
    rules: tuple[Rule, ...] = ()

    @property
    def dimensions(self) -> Mapping[str, FieldType]:
        """The fields that zone maps set, each with its type; whole numbers beside fractions are floats."""
        found: dict[str, FieldType] = {}
        for zone_map in self.zones:
            for assignment in zone_map.assignments:
                for name, value in assignment.sets.items():
                    type_ = type_of(value)
                    known = found.setdefault(name, type_)
                    if {known, type_} == {"int", "float"}:
                        found[name] = "float"
        return found


def type_of(value: Scalar) -> FieldType:
    """The field type of a YAML scalar. An int beside floats widens to float where maps are compiled."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "float"
    return "string"
