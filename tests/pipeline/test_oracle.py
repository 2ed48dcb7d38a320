"""Every shipped KPI, every row: equal to what DuckDB computes from the raw events."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.pipeline.events import parcels, run, world
from tests.pipeline.parcel_answer import ANSWERS, LEVELS, Key, answer

TOLERANCES = {"transit_p95": 0.01}


@pytest.mark.parametrize("batch", [1_300, 500_000])
def test_every_row_is_duckdbs(tmp_path: Path, batch: int) -> None:
    definitions = world(tmp_path / "kpi_defs")
    assert {path.stem for path in (definitions / "kpis").iterdir()} == ANSWERS.keys()
    records = parcels(4_000, seed=5)
    outcome = run(definitions, records, tmp_path, batch=batch)
    expected, late = answer(definitions, records)
    found: dict[Key, tuple[float | None, int]] = {}
    for document in outcome.documents:
        kpi, dimensions = document["kpi"], document["dimensions"]
        identity = tuple(dimensions[field] for field in LEVELS[kpi["level"]])
        key = (kpi["name"], kpi["level"], identity, kpi["window"]["start"])
        assert key not in found
        found[key] = (kpi["value"], kpi["revision"])
    assert not sorted(found.keys() - expected.keys())[:5]
    assert not sorted(expected.keys() - found.keys())[:5]
    wrong = [
        (key, found[key], value) for key, value in expected.items() if not _equal(key, found[key], value)
    ]
    assert not wrong[:5]
    assert outcome.total["dead.too_late"] == late == len(outcome.dead_letters)


def _equal(key: Key, found: tuple[float | None, int], expected: tuple[float | None, int]) -> bool:
    if found[1] != expected[1] or found[0] is None or expected[0] is None:
        return found == expected
    return math.isclose(found[0], expected[0], rel_tol=TOLERANCES.get(key[0], 1e-9), abs_tol=1e-9)
