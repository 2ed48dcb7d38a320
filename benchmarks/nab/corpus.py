"""The corpus of the Numenta Anomaly Benchmark: series, labelled windows, and halves of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PROBATION = 0.15
LONGEST_PROBATION = 750


@dataclass(frozen=True)
class Series:
    """One file: `times` in microseconds, `windows` as its labelled stretches of rows, both ends within."""

    name: str
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    windows: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def probation(self) -> int:
        """How many rows at the start are not scored."""
        return int(min(PROBATION * len(self), LONGEST_PROBATION))

    @property
    def step(self) -> int:
        """The usual time between two rows, in microseconds."""
        return int(np.median(np.diff(self.times)))


def load(folder: Path) -> tuple[Series, ...]:
    """All series below `folder` (it has `data/` and `labels/`), by name. Raises OSError where it has none."""
    labels = json.loads((folder / "labels" / "combined_windows.json").read_text())
    return tuple(_series(folder / "data" / name, name, labels[name]) for name in sorted(labels))


def half(corpus: Sequence[Series], which: int) -> tuple[int, ...]:
    """The places of every other series of each category, in the order of names: half 0 or half 1."""
    counts: dict[str, int] = {}
    places = []
    for place, series in enumerate(corpus):
        category = series.name.partition("/")[0]
        if counts.get(category, 0) % 2 == which:
            places.append(place)
        counts[category] = counts.get(category, 0) + 1
    return tuple(places)


def _series(path: Path, name: str, windows: list[list[str]]) -> Series:
    with path.open(newline="") as file:
        rows = [(_time(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
    times = [time for time, _ in rows]
    spans = tuple((times.index(_time(first)), times.index(_time(last))) for first, last in windows)
    return Series(name, np.array(times), np.array([value for _, value in rows]), spans)


def _time(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000
