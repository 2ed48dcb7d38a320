"""Accumulators of slices to accumulators of windows."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from framework.aggregates import get, sketch, wide
from framework.definitions.model import Window
from framework.expressions import Measure
from framework.pipeline.accumulate import WIDE, Tables
from framework.pipeline.names import BIN, EVENTS, LATE, NEW, SLICE, START
from framework.plan import Group

REVISION = "@revision"


@dataclass(frozen=True)
class Clock:
    """Event time around a tick: the watermark before and after it (microseconds)."""

    before: int
    after: int


def windowed(
    group: Group,
    window: Window,
    measures: tuple[Measure, ...],
    tables: Tables,
    clock: Clock,
    correct_for: int,
    provisional: bool,
) -> pl.DataFrame:
    """The windows to be written: those that close in this tick, and those that it touched.

    One row a window and key, with `@start`, the group's fields, `@events`, `@revision` (0 while the
    window is open, 1 at its close, one more for each late record) and a value column for each measure.
    """
    keys = [START, *group.fields]
    end = pl.col(START) + window.size
    rows = spread(group, window, tables[WIDE], correct_for)
    wide_measures = [measure for measure in measures if not get(measure.aggregate).long]
    merges = [expr for measure in wide_measures for expr in wide(measure.aggregate).merge(measure.id)]
    late = pl.when(pl.col(LATE) >= end).then(pl.col(EVENTS)).otherwise(0)
    wanted = (end > clock.before) & (end <= clock.after) | pl.col(NEW)
    if not provisional:
        wanted = wanted & (end <= clock.after)
    found = (
        rows.group_by(keys)
        .agg(pl.col(EVENTS).sum(), late.sum().alias(REVISION), pl.col(NEW).any(), *merges)
        .filter(wanted)
        .with_columns(pl.when(end <= clock.after).then(pl.col(REVISION) + 1).otherwise(0).alias(REVISION))
        .select(*keys, EVENTS, REVISION, *(wide(m.aggregate).value(m.id).alias(m.id) for m in wide_measures))
        .collect()
    )
    for measure in measures:
        if get(measure.aggregate).long:
            found = _with_sketch(group, window, measure, tables[measure.id], found, correct_for)
    return found


def present(group: Group, window: Window, table: pl.DataFrame, correct_for: int) -> pl.DataFrame:
    """The windows and keys that hold any event: `@start` and the group's fields."""
    return spread(group, window, table, correct_for).select(START, *group.fields).unique().collect()


def spread(group: Group, window: Window, table: pl.DataFrame, correct_for: int) -> pl.LazyFrame:
    """Each accumulator once for every window that it counts in, with the window's `@start`."""
    steps = window.size // window.every
    last = pl.col(SLICE) - pl.col(SLICE) % window.every
    rows = table.lazy()
    if steps == 1:
        rows = rows.with_columns(last.alias(START))
    else:
        starts = pl.concat_list([last - step * window.every for step in range(steps)])
        rows = rows.with_columns(starts.alias(START)).explode(START)
    # A record counts only in the windows that could still be corrected when it came.
    return rows.filter((pl.col(LATE) == 0) | (pl.col(START) + window.size + correct_for > pl.col(LATE)))


def _with_sketch(
    group: Group, window: Window, measure: Measure, table: pl.DataFrame, rows: pl.DataFrame, correct_for: int
) -> pl.DataFrame:
    keys = [START, *group.fields]
    merged = (
        spread(group, window, table, correct_for)
        .join(rows.lazy().select(keys), on=keys, how="semi")
        .group_by([*keys, BIN])
        .agg(pl.col("n").sum())
        .collect()
    )
    return sketched(rows, merged, keys, measure)


def sketched(rows: pl.DataFrame, merged: pl.DataFrame, keys: list[str], measure: Measure) -> pl.DataFrame:
    """The rows with a sketch's value; `merged` has its bins by `keys`."""
    aggregate = sketch(measure.aggregate)
    trimmed = aggregate.trim(merged, keys)
    values = aggregate.evaluate(trimmed, keys, measure.parameter).rename({"value": measure.id})
    joined = rows.join(values, on=keys, how="left", nulls_equal=True)
    return joined.with_columns(pl.col(measure.id).fill_null(pl.lit(aggregate.nothing)))
