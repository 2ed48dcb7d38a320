"""Rows for the silent: keys that a zone map knows and that sent nothing in a window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from framework.definitions.model import Window
from framework.pipeline.names import LATE, SLICE, START
from framework.pipeline.report import Report
from framework.pipeline.windows import Clock
from framework.plan import Group
from framework.plan.zone_index import ZoneIndex
from framework.state import Commit, Intent

FIRST = "@first"
BEFORE = "@before"
INTIME = "@intime"
FROM = "@from"
UNTIL = "@until"
HOUR = 3_600_000_000
SILENCE = 24 * HOUR
NEVER = 2**62


@dataclass(frozen=True)
class Span:
    """The stretch of event time that a group has data for, before and after a tick (microseconds).

    `first` and `last` are slices, `begun` the first with an event that came in time; `active` the hours that
    hold events; windows that start at `watched` or later were seen to pass on the clock, data or not.
    """

    first_before: int
    first: int
    begun: int
    last: int
    active: tuple[int, ...]
    watched: int


def span_of(before: Commit, intent: Intent, read: Report, slice_: int) -> Span | None:
    """The stretch of a tick; None before any event. `read` is what the tick's reading reported."""
    size = str(slice_)
    firsts = [one.first.get(size) for one in (before, read)]
    lasts = [one.last[size] for one in (before, read) if size in one.last]
    if not lasts:
        return None
    return Span(
        first_before=NEVER if firsts[0] is None else firsts[0],
        first=min(first for first in firsts if first is not None),
        begun=min((one.begun[size] for one in (before, read) if size in one.begun), default=NEVER),
        last=max(lasts),
        active=tuple(sorted({*before.active, *read.active})),
        watched=NEVER if intent.end else before.started or intent.clock,
    )


def roster(group: Group, held: pl.DataFrame | None, touched: pl.DataFrame, correct_for: int) -> pl.DataFrame:
    """The keys seen so far: the group's fields and `@first`, the slice from which each is known.

    `held` is the roster before, `touched` the tick's own wide table. `@before` has what `@first` was
    until this tick, `@intime` the first slice with an event that came in time.
    """
    # A record far too late for a window does not make its machine known in it.
    since = pl.max_horizontal(pl.col(SLICE), pl.col(LATE) - correct_for)
    timely = pl.col(SLICE).filter(pl.col(LATE) == 0)
    aggregated = [since.min().alias(FIRST), timely.min().fill_null(NEVER).alias(INTIME)]
    seen = touched.lazy().group_by(group.fields).agg(aggregated).collect()
    if held is None:
        return seen.with_columns(pl.lit(NEVER, dtype=pl.Int64).alias(BEFORE))
    if INTIME not in held.columns:  # written before rules needed it
        held = held.with_columns(pl.col(FIRST).alias(INTIME))
    renamed = {FIRST: "@seen", INTIME: "@timely"}
    both = held.join(seen.rename(renamed), on=list(group.fields), how="full", coalesce=True)
    return both.select(
        *group.fields,
        pl.min_horizontal(FIRST, "@seen").alias(FIRST),
        pl.min_horizontal(INTIME, "@timely").alias(INTIME),
        pl.col(FIRST).fill_null(NEVER).alias(BEFORE),
    )


def silent(
    group: Group, window: Window, keys: pl.DataFrame, span: Span, clock: Clock, held: pl.DataFrame
) -> pl.DataFrame:
    """The windows and keys of `keys` that close without any event: `@start` and the group's fields.

    `keys` is what `known` gives; `held` the windows and keys that have events.
    """
    changed = keys.filter(pl.col(FIRST) < pl.col(BEFORE))[FIRST].min()
    low = clock.before if changed is None else min(clock.before, int(changed))  # type: ignore[arg-type]
    end = pl.col(START) + window.size
    closing = (end > clock.before) & (end <= clock.after)
    # A key that turns out to have been there earlier than known gets the rows it was not given.
    missed = (end <= clock.before) & (end <= pl.col(BEFORE))
    wanted = (end > pl.col(FIRST)) & (closing | missed)
    return _without(group, _starts(window, span, clock, low), keys, wanted, held)


def silent_in_time(
    group: Group, window: Window, keys: pl.DataFrame, span: Span, clock: Clock, held: pl.DataFrame
) -> pl.DataFrame:
    """As `silent`, of keys that were known by events in time alone when the window closed.

    That is so whatever the batches; what late records make known, and when, hangs on them. `held` has
    the windows and keys with events that came before the window's end.
    """
    end = pl.col(START) + window.size
    wanted = (end > pl.col(INTIME)) & (end > clock.before) & (end <= clock.after)
    return _without(group, ends(window, span, clock) - window.size, keys, wanted, held)


def ends(window: Window, span: Span, clock: Clock) -> np.ndarray[Any, Any]:
    """The ends of the windows that close in a tick, whichever keys they have (microseconds)."""
    if span.begun >= NEVER:
        return np.array([], dtype=np.int64)
    starts: np.ndarray[Any, Any] = _starts(window, replace(span, first=span.begun), clock, clock.before)
    return starts + window.size


def _without(
    group: Group, starts: np.ndarray[Any, Any], keys: pl.DataFrame, wanted: pl.Expr, held: pl.DataFrame
) -> pl.DataFrame:
    if not len(starts) or not keys.height:
        return held.clear()
    ruled = (pl.col(START) >= pl.col(FROM)) & (pl.col(START) < pl.col(UNTIL))
    return (
        pl.LazyFrame({START: starts}, schema={START: pl.Int64})
        .join(keys.lazy(), how="cross")
        .filter(ruled & wanted)
        .select(START, *group.fields)
        .unique()
        .join(held.lazy(), on=[START, *group.fields], how="anti")
        .collect()
    )


def known(group: Group, zones: ZoneIndex, seen: pl.DataFrame, span: Span, clock: Clock) -> pl.DataFrame:
    """The keys that zone maps know: those they list by name, and those seen that they match.

    The group's fields; `@first` and `@before`, the slice from which a key is known after and before
    this tick; `@intime`, that from which it is known by events in time; `@from` and `@until`,
    between which the map that knows it holds.
    """
    schema = {field: seen.schema[field] for field in group.fields} | dict.fromkeys(
        (FIRST, BEFORE, INTIME, FROM, UNTIL), pl.Int64()
    )
    frames = [pl.DataFrame(schema=schema)]
    oldest = zones.epoch(max(span.first, clock.before - group.longest - SILENCE))
    for epoch in range(max(oldest, 0), len(zones.starts)):
        bounds = [zones.starts[epoch], zones.starts[epoch + 1] if epoch + 1 < len(zones.starts) else NEVER]
        rows = dict.fromkeys(zones.keys(group.fields, epoch), (span.first, span.first_before, span.begun))
        for *key, first, before, timely in seen.select(*group.fields, FIRST, BEFORE, INTIME).iter_rows():
            if tuple(key) not in rows and zones.knows(group.fields, tuple(key), epoch):
                rows[tuple(key)] = (first, before, timely)
        frames.append(
            pl.DataFrame(
                [(*key, *since, *bounds) for key, since in rows.items()], schema=schema, orient="row"
            )
        )
    return pl.concat(frames)


def _starts(window: Window, span: Span, clock: Clock, low: int) -> np.ndarray[Any, Any]:
    every, size = window.every, window.size
    low = max(low, span.first) - size
    high = min(clock.after - size, span.last if span.watched >= NEVER else max(span.last, clock.after - size))
    if high <= low:
        return np.array([], dtype=np.int64)
    starts = np.arange((low // every + 1) * every, high + 1, every, dtype=np.int64)
    hours = np.array(span.active, dtype=np.int64)
    # After a day without any event gaps are not filled: a lone wrong date must not cost years of rows.
    latest = np.searchsorted(hours, starts + size, side="left") - 1
    recent = np.zeros(len(starts), dtype=bool)
    if len(hours):
        recent = (latest >= 0) & (hours[np.maximum(latest, 0)] > starts - SILENCE - HOUR)
    return starts[(recent & (starts <= span.last)) | (starts >= span.watched)]
