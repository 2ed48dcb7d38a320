#!/usr/bin/env python3
"""Turns the road recordings of the Numenta Anomaly Benchmark into events.

    python examples/roads/convert.py FOLDER OUT.ndjson

FOLDER holds a CSV of `timestamp,value` for each series, named by quantity and sensor
(`speed_t4013.csv`, `TravelTime_387.csv`). OUT gets one JSON object a line, all series merged by time.
"""

from __future__ import annotations

import csv
import heapq
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

QUANTITIES = {"speed": "speed", "occupancy": "occupancy", "TravelTime": "travel_time"}

Event = dict[str, Any]


def events(folder: Path) -> Iterator[Event]:
    """All readings in the order of their time. Raises `ValueError` where a file is not as expected."""
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise ValueError(f"{folder} has no .csv file")
    return heapq.merge(*map(series, paths), key=lambda event: event["timestamp"])


def series(path: Path) -> list[Event]:
    """The readings of one file in the order of their time; times are taken as UTC."""
    name, _, sensor = path.stem.partition("_")
    if name not in QUANTITIES or not sensor:
        raise ValueError(f"{path}: the name must be QUANTITY_SENSOR.csv with one of {', '.join(QUANTITIES)}")
    found: list[Event] = []
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=1):
            try:
                time, value = datetime.fromisoformat(row["timestamp"]), float(row["value"])
            except (KeyError, TypeError, ValueError):
                raise ValueError(f"{path}: row {number} is no `timestamp,value`") from None
            found.append(
                {
                    # Two readings of one minute are two events, so the row makes the id and not the time.
                    "event_id": f"{path.stem}-{number:05d}",
                    "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "sensor": sensor,
                    "quantity": QUANTITIES[name],
                    "value": value,
                }
            )
    return sorted(found, key=lambda event: event["timestamp"])


def main(arguments: list[str]) -> int:
    """Convert a folder. Returns the exit code: 0, 1 for unusable input, 2 for wrong use."""
    if len(arguments) != 2:
        print("usage: convert.py FOLDER OUT.ndjson", file=sys.stderr)
        return 2
    count = 0
    try:
        merged = events(Path(arguments[0]))
        with Path(arguments[1]).open("w", encoding="utf-8") as out:
            for count, event in enumerate(merged, start=1):  # noqa: B007
                out.write(json.dumps(event, separators=(",", ":")) + "\n")
    except (OSError, ValueError) as error:
        print(f"convert.py: {error}", file=sys.stderr)
        return 1
    print(f"{count:,} events")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
