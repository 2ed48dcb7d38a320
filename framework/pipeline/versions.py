"""What rules see of windows: each as it closed, and again each time a late record corrected it.

A version has the moment from which it is known, `@at`: the window's end, or, for a correction, the next step
of the windows after the record's mark. It hangs on the records alone, so rules see the same whatever the
batches.
"""

from __future__ import annotations

import polars as pl

from framework.aggregates import get, wide
from framework.definitions.model import Window
from framework.expressions import Measure
from framework.pipeline.accumulate import WIDE, Tables
from framework.pipeline.names import AT, BIN, EVENTS, LATE, START
from framework.pipeline.values import SAID, described, number
from framework.pipeline.windows import Clock, sketched, spread
from framework.plan import Group, Output
from framework.plan.zone_index import EPOCH, ZoneIndex

FIGURES = ("value", "numerator", "denominator")


def versions(
    group: Group,
    window: Window,
    measures: tuple[Measure, ...],
    tables: Tables,
    clock: Clock,
    correct_for: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The versions that become known in a tick, and the windows and keys that hold any event in time.

    A version's row has `@start`, `@at`, the group's fields, `@events` and a value column for each measure.
    """
    keys = [START, *group.fields]
    rows = _dated(spread(group, window, tables[WIDE], correct_for), window).collect()
    timely = rows.filter(pl.col(AT) == pl.col(START) + window.size).select(keys).unique()
    due = rows.filter((pl.col(AT) > clock.before) & (pl.col(AT) <= clock.after)).select(*keys, AT).unique()
    wide_measures = [measure for measure in measures if not get(measure.aggregate).long]
    merges = [expr for measure in wide_measures for expr in wide(measure.aggregate).merge(measure.id)]
    found = (
        _until(rows.lazy(), due.lazy(), keys)
        .group_by([*keys, AT])
        .agg(pl.col(EVENTS).sum(), *merges)
        .select(*keys, AT, EVENTS, *(wide(m.aggregate).value(m.id).alias(m.id) for m in wide_measures))
        .collect()
    )
    for measure in measures:
        if get(measure.aggregate).long:
            found = _with_sketch(group, window, measure, tables[measure.id], found, correct_for)
    return found, timely


def figures(group: Group, output: Output, rows: pl.DataFrame, zones: ZoneIndex) -> pl.DataFrame:
    """The rows as rules take them: the key, what zone maps say of it, and the figures as floats."""
    size = output.window.size
    ratio = output.ratio or (None, None)
    values = [
        (pl.lit(None, dtype=pl.Float64) if node is None else number(node, size)).alias(name)
        for name, node in zip(FIGURES, (output.value, *ratio), strict=True)
    ]
    found = rows.with_columns(*values, pl.col(EVENTS).cast(pl.Float64).alias("events"))
    found = found.with_columns(zones.epochs(found[START]))
    on = [EPOCH, *group.fields]
    told = described(group, found.select(on).unique(), zones)
    names = [name for name in zones.dimensions if name not in group.fields]
    return found.join(told, on=on, how="left", nulls_equal=True).select(
        START, AT, *group.fields, *(pl.col(f"{SAID}{name}").alias(name) for name in names), *FIGURES, "events"
    )


def keys_of(group: Group, nothing: pl.DataFrame, zones: ZoneIndex) -> pl.DataFrame:
    """An empty frame with the columns of a key; `nothing` is the group's wide table before any event."""
    fields = {name: nothing.schema[name] for name in group.fields}
    return pl.DataFrame(schema=fields | {n: zones.dtype(n) for n in zones.dimensions if n not in fields})


def _dated(rows: pl.LazyFrame, window: Window) -> pl.LazyFrame:
    end = pl.col(START) + window.size
    late = (pl.col(LATE) // window.every + 1) * window.every
    return rows.with_columns(pl.when(pl.col(LATE) >= end).then(late).otherwise(end).alias(AT))


def _until(rows: pl.LazyFrame, due: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    """Each row once for every version that it counts in."""
    return (
        rows.rename({AT: "@own"})
        .join(due, on=keys, how="inner", nulls_equal=True)
        .filter(pl.col("@own") <= pl.col(AT))
    )


def _with_sketch(
    group: Group, window: Window, measure: Measure, table: pl.DataFrame, rows: pl.DataFrame, correct_for: int
) -> pl.DataFrame:
    keys = [START, *group.fields]
    merged = (
        _until(_dated(spread(group, window, table, correct_for), window), rows.lazy().select(*keys, AT), keys)
        .group_by([*keys, AT, BIN])
        .agg(pl.col("n").sum())
        .collect()
    )
    return sketched(rows, merged, [*keys, AT], measure)
