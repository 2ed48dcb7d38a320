"""Records to columns: strict, in bulk, with the bad ones set aside one by one."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
import polars as pl

from framework.definitions.model import EventField, Events
from framework.pipeline.bad import LIMIT, Bad, why
from framework.pipeline.names import ID, ROW, TIME
from framework.pipeline.times import parse_times
from framework.plan.zone_index import DTYPES
from framework.sources import RecordBatch


class Decoder:
    """Decodes batches of JSON records, as `events` declares them, to frames.

    A frame has the event fields named in `columns`, `@time`, `@row` (place in the batch) and, where
    events are deduplicated, `@id`. Every record is in the frame or among the bad ones.
    """

    def __init__(self, events: Events, columns: tuple[str, ...]) -> None:
        self._events = events
        attributes = {field.name: f"f{i}" for i, field in enumerate(events.fields)}
        needed = {name for name in (events.time, events.id) if name}
        types = {
            field.name: _type(field) | None if field.optional and field.name not in needed else _type(field)
            for field in events.fields
        }
        for name, type_ in ((events.time, _time_type(events)), (events.id, str | int)):
            if name and name not in attributes:
                attributes[name] = "time" if name == events.time else "id"
                types[name] = type_
        optional = {field.name for field in events.fields if field.optional} - needed
        members: list[tuple[Any, ...]] = [
            (attributes[name], type_) for name, type_ in types.items() if name not in optional
        ]
        members += [(attributes[name], type_, None) for name, type_ in types.items() if name in optional]
        names = {attribute: name for name, attribute in attributes.items()}
        struct = msgspec.defstruct("Event", members, rename=names.__getitem__, gc=False)
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(struct).decode
        self._time = attrgetter(attributes[events.time])
        self._id = attrgetter(attributes[events.id]) if events.id else None
        self._kept = [(attrgetter(attributes[f.name]), f) for f in events.fields if f.name in columns]

    def decode(self, batch: RecordBatch, clock: int) -> tuple[pl.DataFrame, list[Bad]]:
        """The events of a batch in its order, and its bad records.

        `clock` (microseconds) stands for the arrival of records whose source does not tell it.
        """
        rows, events, bad = self._events_of(batch)
        frame = self._frame(rows, events)
        arrivals = pl.Series(batch.arrivals).gather(list(rows)) if batch.arrivals else pl.lit(clock)
        limit = pl.Series("@limit", arrivals) if isinstance(arrivals, pl.Series) else arrivals.alias("@limit")
        frame = frame.with_columns(limit + self._events.ahead)
        wrong = frame.filter(pl.col(TIME).is_null() | (pl.col(TIME) > pl.col("@limit")))
        if wrong.height:
            bad += [self._bad_time(batch, row, time) for row, time in wrong.select(ROW, TIME).iter_rows()]
            frame = frame.filter(pl.col(TIME) <= pl.col("@limit"))
        return frame.drop("@limit"), bad

    def _events_of(self, batch: RecordBatch) -> tuple[list[int] | range, list[Any], list[Bad]]:
        decode = self._decode
        try:
            return range(len(batch.payloads)), list(map(decode, batch.payloads)), []
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # at least one is bad: now one at a time, to tell which
        rows: list[int] = []
        events: list[Any] = []
        bad: list[Bad] = []
        for row, payload in enumerate(batch.payloads):
            try:
                events.append(decode(payload))
                rows.append(row)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                reason, detail = why(payload, self._events)
                bad.append(
                    Bad(reason, detail, batch.shard, batch.sequences[row], payload, _arrival(batch, row))
                )
        return rows, events, bad

    def _frame(self, rows: list[int] | range, events: list[Any]) -> pl.DataFrame:
        columns = [
            pl.Series(ROW, rows, dtype=pl.Int64),
            parse_times(list(map(self._time, events)), self._events.time_format).alias(TIME),
        ]
        if self._id:
            columns.append(_texts(list(map(self._id, events))).alias(ID))
        for get, field in self._kept:
            columns.append(pl.Series(field.name, list(map(get, events)), dtype=DTYPES[field.type]))
        return pl.DataFrame(columns)

    def _bad_time(self, batch: RecordBatch, row: int, time: int | None) -> Bad:
        name = self._events.time
        if time is None:
            reason, detail = "bad_time", f"{name} is no time in the format '{self._events.time_format}'"
        else:
            reason, detail = (
                "in_future",
                f"{name} lies more than {self._events.ahead / 1e6:g} s after the record's arrival",
            )
        return Bad(
            reason, detail, batch.shard, batch.sequences[row], batch.payloads[row], _arrival(batch, row)
        )


def _arrival(batch: RecordBatch, row: int) -> int:
    return batch.arrivals[row] if batch.arrivals else -1


def _texts(values: list[str | int]) -> pl.Series:
    try:
        return pl.Series(values, dtype=pl.String)
    except (TypeError, pl.exceptions.PolarsError):
        return pl.Series([str(value) for value in values], dtype=pl.String)


def _time_type(events: Events) -> Any:
    if events.time_format == "iso":
        return str
    return int if events.time_format in ("us", "ns") else int | float


def _type(field: EventField) -> Any:
    if field.type == "bool":
        return bool
    if field.type == "string":
        return Literal[field.one_of] if field.one_of else str
    low, high = field.low, field.high
    if field.type == "int":
        bound = msgspec.Meta(
            ge=-(2**63) if low is None else int(low), le=2**63 - 1 if high is None else int(high)
        )
        return Annotated[int, bound]
    bound = msgspec.Meta(
        ge=-LIMIT if low is None else max(low, -LIMIT), le=LIMIT if high is None else min(high, LIMIT)
    )
    return Annotated[float, bound]
