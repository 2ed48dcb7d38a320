"""Values in numbers: how exact, and where the limits are."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest

from framework.aggregates import get
from framework.aggregates.distinct import KEPT
from tests.aggregates.fold import KEYS, frame, merge, partial, value


def of(name: str, values: Any, dtype: pl.DataType | None = None, parameter: float = 50.0) -> Any:
    """The value over events at the times 0, 1, 2, ..."""
    series = pl.Series("x", values, dtype=dtype)
    events = pl.DataFrame({"key": [1] * len(series), "t": range(len(series)), "x": series}).with_columns(
        mask=pl.lit(True)
    )
    return value(get(name), partial(get(name), events), parameter)


VALUES = [
    ("sum", [0.1] * 10, 1.0),
    ("sum", [1e15, 1.0, -1e15], 1.0),
    ("sum", [2**53, 1, -(2**53)], 1.0),
    ("sum", [2**62] * 50_000, 50_000.0 * 2**62),
    ("sum", [1e30, -1e30, 5.0], 5.0),
    ("sum", [1e31, math.nan, math.inf, 5.0], 5.0),
    ("mean", [1e31, math.nan, 4.0, 6.0], 5.0),
    ("mean", [1_700_000_000_000_000_001, 1_700_000_000_000_000_003], 1_700_000_000_000_000_002.0),
    ("mean", [None, None], None),
    ("std", [1e15 + 1, 1e15 + 2, 1e15 + 3], 1.0),
    ("std", [1_700_000_000_000_000 + n for n in (0, 10)], None),
    ("std", [5.0], None),
    ("std", [0.1] * 7, 0.0),
    ("std", [1e-6, 2e-6, 3e-6], 1e-6),
    ("min", [3, None, 2**62 + 1], 3),
    ("max", [3, None, 2**62 + 1], 2**62 + 1),
    ("min", ["b", "a", None], "a"),
    ("last", ["b", "a", None], "a"),
    ("first", [None, True, False], True),
    ("distinct", [1.5, 0.0, 1.5, None], 2),
    ("distinct", ["a", "b", "a"], 2),
    ("distinct", [], 0),
    ("percentile", [], None),
    ("percentile", [0.0, 0, 0], 0.0),
]


@pytest.mark.parametrize(("name", "values", "expected"), VALUES)
def test_values(name: str, values: list[Any], expected: Any) -> None:
    dtype = pl.Float64() if not any(x is not None for x in values) else None
    found = of(name, values, dtype)
    assert found == (pytest.approx(expected, rel=1e-9) if isinstance(expected, float) else expected)


def test_std_does_not_cancel() -> None:
    rng = np.random.default_rng(5)
    values = (1e9 + rng.normal(0, 1e-3, 10_000)).tolist()
    assert of("std", values) == pytest.approx(statistics.stdev(values), rel=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 1001, 100_000])
@pytest.mark.parametrize(
    "shape", ["uniform", "lognormal", "exponential", "steps", "negative", "tiny", "huge"]
)
def test_percentile_is_within_one_percent(size: int, shape: str) -> None:
    rng = np.random.default_rng(size)
    draws = {
        "uniform": lambda: rng.uniform(0, 1000, size),
        "lognormal": lambda: rng.lognormal(3, 2, size),
        "exponential": lambda: rng.exponential(250, size),
        "steps": lambda: rng.integers(0, 6, size).astype(float),
        "negative": lambda: -rng.lognormal(3, 2, size),
        "tiny": lambda: rng.lognormal(-40, 3, size),
        "huge": lambda: rng.lognormal(30, 3, size),
    }
    values = draws[shape]()
    state = partial(get("percentile"), pl.DataFrame({"key": 1, "x": values, "mask": True}))
    for p in (0.1, 1, 5, 25, 50, 75, 90, 95, 99, 99.9):
        expected = float(np.percentile(values, p))
        assert value(get("percentile"), state, p) == pytest.approx(expected, rel=0.01, abs=1e-300), p


def test_percentile_of_both_signs_is_near_in_rank() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0, 100, 50_000)
    for p in (1, 10, 40, 60, 90, 99):
        low, high = np.percentile(values, [p - 0.5, p + 0.5])
        assert low <= of("percentile", values, parameter=p) <= high


def test_percentile_of_many_keys_in_one_pass() -> None:
    events = pl.DataFrame({"key": [1, 2, 2, 3], "x": [10.0, 20.0, 40.0, -5.0], "mask": True})
    found = get("percentile").evaluate(partial(get("percentile"), events), KEYS, 50.0)  # type: ignore[attr-defined]
    assert dict(found.iter_rows()) == pytest.approx({1: 10.0, 2: 30.0, 3: -5.0}, rel=0.008)


@pytest.mark.parametrize("size", [1, 1000, KEPT - 1])
def test_distinct_is_exact_while_small(size: int) -> None:
    assert of("distinct", [n % size for n in range(2 * size)]) == size


@pytest.mark.parametrize("size", [100_000, 300_000, 1_000_000])
@pytest.mark.parametrize("kind", ["int", "float", "text"])
def test_distinct_is_within_two_percent(size: int, kind: str) -> None:
    ids = pl.Series(range(10**6, 10**6 + size))
    values = {"int": ids, "float": ids / 7, "text": "JJD" + ids.cast(pl.String)}[kind]
    events = pl.DataFrame({"key": 1, "x": values, "mask": True})
    batches = [events[start : start + 250_000] for start in range(0, size, 250_000)]
    state = merge(get("distinct"), [partial(get("distinct"), batch) for batch in batches])
    assert state.height == KEPT
    assert value(get("distinct"), state) == pytest.approx(size, rel=0.02)


def test_distinct_keeps_the_least_of_each_key() -> None:
    events = pl.DataFrame({"key": [1] * 70_000 + [2] * 10, "x": range(70_010), "mask": True})
    state = partial(get("distinct"), events)
    assert dict(state.group_by("key").len().iter_rows()) == {1: KEPT, 2: 10}


def test_distinct_hashes_alike_in_every_process() -> None:
    code = (
        "import polars as pl; from framework.aggregates import sketch;"
        "print([pl.DataFrame({'x': x}).select(sketch('distinct').rows(pl.col('x'))).to_series().to_list()"
        " for x in (['a', 'bcd'], [1, 2], [1.5, 2.0], [True, False])])"
    )
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = [
        pl.DataFrame({"x": x}).select(get("distinct").rows(pl.col("x"))).to_series().to_list()  # type: ignore[attr-defined]
        for x in (["a", "bcd"], [1, 2], [1.5, 2.0], [True, False])
    ]
    assert elsewhere.stdout == f"{here}\n"


def test_times_decide_before_values() -> None:
    events = frame(
        [(5, 9.0, True), (7, 1.0, True), (7, 2.0, True), (9, None, True), (5, 8.0, True)], pl.Float64()
    )
    assert value(get("last"), partial(get("last"), events)) == 2.0
    assert value(get("first"), partial(get("first"), events)) == 8.0
