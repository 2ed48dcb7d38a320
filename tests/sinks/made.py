"""Documents and definitions for tests of sinks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from framework.definitions import load
from framework.definitions.model import Definitions
from framework.sinks import Documents

HOUR = 3_600_000_000
DAY = 24 * HOUR
START = 1_795_478_400_000_000  # 2026-11-24T00:00:00Z, microseconds

PIPELINE = """
pipeline: meters
events:
  time: ts
  fields:
    meter: {type: string}
    phase: {type: int}
    watts: {type: float}
levels:
  meter: [meter]
  hall: [hall]
"""
ZONES = """
zones: halls
assign:
  - {meter: "A*", set: {hall: north, floor: 1.5, cooled: true}}
  - {meter: "*", set: {hall: south, floor: 2, cooled: false}}
"""
KPI = """
kpi: power
title: Power
unit: W
better: lower
owner: facilities
audience: [operator]
by: [meter, hall, [hall, phase]]
window: {size: 1m}
value: mean(watts)
"""


def definitions(folder: Path) -> Definitions:
    """A small plant of power meters."""
    for name, text in (("pipeline", PIPELINE), ("zones", ZONES), ("kpi", KPI)):
        (folder / f"{name}.yaml").write_text(text)
    found, diagnostics, _ = load(folder)
    assert found is not None and not diagnostics, diagnostics
    return found


def iso(time: int) -> str:
    return f"{pl.from_epoch(pl.Series([time]), 'us').dt.strftime('%Y-%m-%dT%H:%M:%SZ')[0]}"


def source(number: int, time: int, value: object, **more: Any) -> dict[str, Any]:
    """A KPI document."""
    kpi = {
        "name": "power",
        "value": value,
        "unit": "W",
        "level": "meter" if number % 2 else "hall",
        "window": {"start": iso(time), "end": iso(time + HOUR), "size_s": 3600},
        "final": True,
        "revision": 1,
        "parts": {"mean_watts": value, "count": 3},
        "definition": "0123456789ab",
    }
    where = {"meter": f"A-{number}", "hall": "nörth", "floor": 1.5, "cooled": True, "phase": number % 3}
    return {
        "@timestamp": iso(time),
        "event": {"kind": "metric"},
        "kpi": kpi,
        "dimensions": where,
        "pipeline": {"name": "meters"},
        **more,
    }


def documents(numbers: range, value: object = 1.5, kind: str = "kpi", days: int = 1) -> Documents:
    """A document a number, spread over so many days."""
    times = [START + number % days * DAY for number in numbers]
    sources = [
        json.dumps(source(number, time, value), ensure_ascii=False)
        for number, time in zip(numbers, times, strict=True)
    ]
    names = [f'{kind}:power:"m{number}":é' for number in numbers]
    return Documents(kind, pl.DataFrame({"id": names, "time": times, "source": sources}))
