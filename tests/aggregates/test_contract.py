"""The laws that hold for every aggregate of the registry."""

from __future__ import annotations

import math
import pickle
import random
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.aggregates import REGISTRY, Aggregate, LongAggregate, WideAggregate, get, sketch, wide
from tests.aggregates.fold import Event, empty, frame, merge, normal, partial, value

NUMBERS = st.one_of(
    st.floats(-1e15, 1e15, allow_nan=False),
    st.floats(-10, 10, allow_nan=False),
    st.integers(-1000, 1000).map(float),
).map(lambda x: x + 0.0)
ARGUMENTS = {
    pl.Float64(): NUMBERS,
    pl.Int64(): st.integers(-(2**49), 2**49),
    pl.String(): st.text("abcäß", max_size=3),
    pl.Boolean(): st.booleans(),
}
OF_ANY_TYPE = ("count", "distinct", "first", "last", "min", "max")
CASES = [
    (name, dtype)
    for name in REGISTRY
    for dtype in ARGUMENTS
    if name in OF_ANY_TYPE or dtype in (pl.Float64(), pl.Int64())
]
cases = pytest.mark.parametrize(("name", "dtype"), CASES, ids=[f"{n}-{t}" for n, t in CASES])
quick = settings(max_examples=25, deadline=None)


def batches(dtype: pl.DataType) -> st.SearchStrategy[list[list[Event]]]:
    event = st.tuples(st.integers(0, 5), st.none() | ARGUMENTS[dtype], st.booleans())
    return st.lists(st.lists(event, min_size=1, max_size=6), min_size=1, max_size=5)


def _mean(xs: Sequence[Any]) -> float | None:
    return math.fsum(xs) / len(xs) if xs else None


def _percentile(xs: Sequence[Any]) -> float | None:
    return float(np.percentile(np.array(xs, dtype=float), 50)) if xs else None


# What plain Python makes of the events' (time, argument), of those that count and have one.
ORACLES: dict[str, Callable[[list[tuple[int, Any]]], Any]] = {
    "sum": lambda events: math.fsum(x for _, x in events),
    "mean": lambda events: _mean([x for _, x in events]),
    "min": lambda events: min((x for _, x in events), default=None),
    "max": lambda events: max((x for _, x in events), default=None),
    "std": lambda events: statistics.stdev(x for _, x in events) if len(events) > 1 else None,
    "percentile": lambda events: _percentile([x for _, x in events]),
    "distinct": lambda events: len({x for _, x in events}),
    "first": lambda events: min(events)[1] if events else None,
    "last": lambda events: max(events)[1] if events else None,
}


def test_every_aggregate_is_named_as_it_is_registered() -> None:
    assert {name: aggregate.name for name, aggregate in REGISTRY.items()} == {name: name for name in REGISTRY}
    assert set(REGISTRY) == {*ORACLES, "count"}
    for name, aggregate in REGISTRY.items():
        assert get(name) is aggregate
        assert (sketch if aggregate.long else wide)(name) is aggregate
        assert type(aggregate).__doc__
        assert type(pickle.loads(pickle.dumps(aggregate))) is type(aggregate)


@cases
@given(data=st.data())
@quick
def test_merge_is_associative_commutative_and_has_an_identity(
    name: str, dtype: pl.DataType, data: st.DataObject
) -> None:
    aggregate = get(name)
    states = [partial(aggregate, frame(batch, dtype)) for batch in data.draw(batches(dtype))]
    a, b, c = (states * 3)[:3]
    left = merge(aggregate, [merge(aggregate, [a, b]), c])
    right = merge(aggregate, [a, merge(aggregate, [b, c])])
    assert normal(left).equals(normal(right))
    assert normal(merge(aggregate, [a, b])).equals(normal(merge(aggregate, [b, a])))
    with_nothing = merge(aggregate, [empty(aggregate, dtype), a])
    assert normal(with_nothing).equals(normal(merge(aggregate, [a])))
    assert normal(with_nothing).equals(normal(a))


@cases
@given(data=st.data())
@quick
def test_batches_never_show(name: str, dtype: pl.DataType, data: st.DataObject) -> None:
    aggregate = get(name)
    split = data.draw(batches(dtype))
    events = [event for batch in split for event in batch]
    whole = partial(aggregate, frame(events, dtype))
    random.Random(len(events)).shuffle(split)
    merged = merge(aggregate, [partial(aggregate, frame(batch, dtype)) for batch in split])
    assert normal(merged).equals(normal(whole))
    assert merged.schema == whole.schema
    first, second = value(aggregate, whole), value(aggregate, merged)
    assert first == second
    assert math.copysign(1, first or 0) == math.copysign(1, second or 0) if dtype.is_numeric() else True


@cases
@given(data=st.data())
@quick
def test_values_are_those_of_plain_python(name: str, dtype: pl.DataType, data: st.DataObject) -> None:
    aggregate = get(name)
    events = [event for batch in data.draw(batches(dtype)) for event in batch]
    found = value(aggregate, partial(aggregate, frame(events, dtype)))
    if name == "count":
        assert found == sum(mask for _, _, mask in events)
        return
    chosen = [(t, x) for t, x, mask in events if mask and x is not None]
    expected = ORACLES[name](chosen)
    if expected is None or name not in ("sum", "mean", "std", "percentile"):
        assert found == expected
        assert type(found) is type(expected)
    elif name == "percentile":
        between = sorted(x for _, x in chosen)[(len(chosen) - 1) // 2 : len(chosen) // 2 + 1]
        assert abs(found - expected) <= 0.0081 * max(abs(x) for x in between) + 1e-300
    else:
        # One rounding of the whole, and of each number to a grid of 2**-50.
        assert found == pytest.approx(expected, rel=4e-15, abs=1e-13)


@cases
def test_a_state_has_the_declared_columns(name: str, dtype: pl.DataType) -> None:
    aggregate = get(name)
    state = partial(aggregate, frame([(1, None, True)], dtype))
    if isinstance(aggregate, LongAggregate):
        assert state.height == 0
        assert state.schema == {"key": pl.Int64, "bin": aggregate.bin_type, "n": pl.Int64}
    else:
        assert isinstance(aggregate, WideAggregate)
        declared = {f"m.{part}": type_ for part, type_ in aggregate.schema(dtype).items()}
        assert state.schema == {"key": pl.Int64(), **declared}


@pytest.mark.parametrize("aggregate", REGISTRY.values(), ids=REGISTRY)
def test_nothing_is_the_value_of_no_event(aggregate: Aggregate) -> None:
    assert value(aggregate, empty(aggregate, pl.Float64())) == aggregate.nothing
    if isinstance(aggregate, WideAggregate):
        assert aggregate.empty() == {part: identity for part, (_, identity) in aggregate.parts.items()}


@pytest.mark.parametrize("aggregate", REGISTRY.values(), ids=REGISTRY)
def test_a_missing_condition_counts_as_false(aggregate: Aggregate) -> None:
    events = frame([(1, 2.0, True), (2, 7.0, True), (3, 2.5, True)], pl.Float64()).with_columns(
        mask=pl.Series([True, None, True])
    )
    kept = events.filter(pl.col("mask"))
    assert value(aggregate, partial(aggregate, events)) == value(aggregate, partial(aggregate, kept))
