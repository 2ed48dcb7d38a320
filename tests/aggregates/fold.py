"""Folds events through an aggregate the way the pipeline does: partials of batches, merged in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from framework.aggregates import Aggregate, LongAggregate, WideAggregate

Event = tuple[int, Any, bool]  # time, argument or None, condition
ID = "m"
KEYS = ["key"]


def frame(events: Sequence[Event], dtype: pl.DataType) -> pl.DataFrame:
    """Events as columns, all of one key."""
    return pl.DataFrame(
        {
            "key": pl.Series([1] * len(events), dtype=pl.Int64),
            "t": pl.Series([event[0] for event in events], dtype=pl.Int64),
            "x": pl.Series([event[1] for event in events], dtype=dtype),
            "mask": pl.Series([event[2] for event in events], dtype=pl.Boolean),
        }
    )


def partial(aggregate: Aggregate, events: pl.DataFrame) -> pl.DataFrame:
    """The state of a batch."""
    if isinstance(aggregate, LongAggregate):
        rows = events.filter(pl.col("mask") & pl.col("x").is_not_null())
        counted = rows.group_by([*KEYS, aggregate.rows(pl.col("x")).alias("bin")])
        return aggregate.trim(counted.agg(pl.len().cast(pl.Int64).alias("n")), KEYS)
    assert isinstance(aggregate, WideAggregate)
    return events.group_by(KEYS).agg(aggregate.partial(pl.col("x"), pl.col("mask"), pl.col("t"), ID))


def merge(aggregate: Aggregate, states: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One state of several."""
    rows = pl.concat(states)
    if isinstance(aggregate, LongAggregate):
        return aggregate.trim(rows.group_by([*KEYS, "bin"]).agg(pl.col("n").sum()), KEYS)
    assert isinstance(aggregate, WideAggregate)
    return rows.group_by(KEYS).agg(aggregate.merge(ID))


def empty(aggregate: Aggregate, dtype: pl.DataType) -> pl.DataFrame:
    """The identity of the merge, as a state of the key."""
    if isinstance(aggregate, LongAggregate):
        return pl.DataFrame(schema={"key": pl.Int64, "bin": aggregate.bin_type, "n": pl.Int64})
    assert isinstance(aggregate, WideAggregate)
    columns = {
        f"{ID}.{part}": pl.Series([identity], dtype=type_)
        for part, (type_, identity) in aggregate.state(dtype).items()
    }
    return pl.DataFrame({"key": [1], **columns})


def normal(state: pl.DataFrame) -> pl.DataFrame:
    """A state whose rows have one order."""
    return state.sort(state.columns)


def value(aggregate: Aggregate, state: pl.DataFrame, parameter: float | None = 50.0) -> Any:
    """The value of the one key of a state."""
    if isinstance(aggregate, LongAggregate):
        values = aggregate.evaluate(state, KEYS, parameter)["value"].to_list()
    else:
        assert isinstance(aggregate, WideAggregate)
        values = state.select(aggregate.value(ID).alias("value"))["value"].to_list()
    return values[0] if values else aggregate.nothing
