"""Events to accumulators, and accumulators to accumulators: the group-bys of a plan.

A group's state is a set of tables: `wide`, with the accumulators that stand beside the key, and one
for each sketch, whose rows have a key of their own. All have the key (slice, late, fields).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from framework.aggregates import sketch, wide
from framework.expressions import Measure, Node, to_column
from framework.pipeline.names import BIN, EVENTS, LATE, MARK, SLICE, TIME
from framework.plan import Group

WIDE = "wide"
Tables = dict[str, pl.DataFrame]


def key(group: Group) -> list[str]:
    """The columns that identify an accumulator of a group."""
    return [SLICE, LATE, *group.fields]


def accumulate(group: Group, frame: pl.DataFrame) -> Tables:
    """The tables of one group for a frame of events. An event without one of the fields is left out."""
    events = frame.lazy()
    if group.fields:
        events = events.filter(pl.all_horizontal(pl.col(field).is_not_null() for field in group.fields))
    arguments = _columns(group)
    start = pl.col(TIME) - pl.col(TIME) % group.slice
    late = pl.col(MARK) - pl.col(MARK) % group.grain
    events = events.with_columns(
        start.alias(SLICE),
        pl.when(pl.col(MARK) >= start + group.slice).then(late).otherwise(0).alias(LATE),
        *(to_column(node).alias(name) for node, name in arguments.items()),
    )
    base = events.collect()
    tables = {
        WIDE: base.lazy()
        .group_by(key(group))
        .agg(pl.len().cast(pl.Int64).alias(EVENTS), *_partials(group, arguments))
        .collect()
    }
    for measure in group.long:
        tables[measure.id] = _sketch(group, measure, base, arguments)
    return tables


def merge(group: Group, parts: Iterable[Mapping[str, pl.DataFrame]], flags: Iterable[str] = ()) -> Tables:
    """The tables of a group merged: the same whatever the order and grouping of the parts.

    `flags` are boolean columns to be kept where any part has them set.
    """
    parts = list(parts)
    if len(parts) == 1:
        return dict(parts[0])
    marks = [pl.col(flag).any() for flag in flags]
    rows = pl.concat([part[WIDE] for part in parts])
    merges = [expr for measure in group.wide for expr in wide(measure.aggregate).merge(measure.id)]
    tables = {WIDE: rows.lazy().group_by(key(group)).agg(pl.col(EVENTS).sum(), *merges, *marks).collect()}
    for measure in group.long:
        rows = pl.concat([part[measure.id] for part in parts])
        merged = rows.lazy().group_by([*key(group), BIN]).agg(pl.col("n").sum()).collect()
        tables[measure.id] = sketch(measure.aggregate).trim(merged, key(group))
    return tables


def fitted(group: Group, table: pl.DataFrame) -> pl.DataFrame:
    """A wide table of the state with the columns that the group has today: a new measure starts empty."""
    wanted: dict[str, pl.Expr] = {}
    for measure in group.wide:
        for part, (dtype, identity) in measure.state.items():
            name = f"{measure.id}.{part}"
            wanted[name] = (
                pl.col(name) if name in table.columns else pl.lit(identity, dtype=dtype).alias(name)
            )
    return table.select(*key(group), EVENTS, *wanted.values())


def sketchless(group: Group, measure: Measure, table: pl.DataFrame) -> pl.DataFrame:
    """The table of a sketch that has seen no event yet."""
    schema = {name: table.schema[name] for name in key(group)}
    return pl.DataFrame(schema={**schema, BIN: sketch(measure.aggregate).bin_type, "n": pl.Int64})


def _columns(group: Group) -> dict[Node, str]:
    nodes = [
        node
        for measure in group.measures
        for node in (measure.argument, measure.condition)
        if node is not None
    ]
    return {node: f"@x{place}" for place, node in enumerate(dict.fromkeys(nodes))}


def _partials(group: Group, arguments: Mapping[Node, str]) -> list[pl.Expr]:
    return [
        expr
        for measure in group.wide
        for expr in wide(measure.aggregate).partial(
            _column(arguments, measure.argument),
            _column(arguments, measure.condition),
            pl.col(TIME),
            measure.id,
        )
    ]


def _sketch(
    group: Group, measure: Measure, base: pl.DataFrame, arguments: Mapping[Node, str]
) -> pl.DataFrame:
    aggregate = sketch(measure.aggregate)
    argument = _column(arguments, measure.argument)
    assert argument is not None
    rows = base.lazy().filter(argument.is_not_null())
    condition = _column(arguments, measure.condition)
    if condition is not None:
        rows = rows.filter(condition)
    counted = (
        rows.select(*key(group), aggregate.rows(argument).alias(BIN))
        .group_by([*key(group), BIN])
        .agg(pl.len().cast(pl.Int64).alias("n"))
        .collect()
    )
    return aggregate.trim(counted, key(group))


def _column(arguments: Mapping[Node, str], node: Node | None) -> pl.Expr | None:
    return None if node is None else pl.col(arguments[node])
