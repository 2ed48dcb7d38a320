"""The product's detectors over the corpus: every series is a key, every row a window."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.nab.corpus import Series
from framework.detectors.base import YES, Detector, Seen, Setting

EVERY = 300_000_000  # most series have a row every five minutes
SETTING = Setting("outside", EVERY, EVERY)


class NoTables:
    """Tables for detectors that keep none."""

    def get(self, name: str) -> None:
        return None

    def put(self, name: str, table: object) -> None:
        raise NotImplementedError(name)


def scores(detector: Detector, corpus: Sequence[Series], cache: Path | None = None) -> NDArray[np.float64]:
    """The detector's score at each row, all series end to end; 0 where it does not know.

    A window is settled as soon as it was judged, and usual where the detector does not fire. With `cache`,
    what was found before for the same detector and code is taken from that folder.
    """
    place = None if cache is None else cache / f"{detector.name}-{_version(detector, corpus)}.npy"
    if place is not None and place.exists():
        found: NDArray[np.float64] = np.load(place)
        return found
    found = _run(detector, corpus)
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        np.save(place, found)
    return found


def _run(detector: Detector, corpus: Sequence[Series]) -> NDArray[np.float64]:
    count, longest = len(corpus), max(len(series) for series in corpus)
    values = np.full((longest, count), np.nan)
    for key, series in enumerate(corpus):
        values[: len(series), key] = series.values
    result = np.zeros((longest, count))
    columns = detector.columns()
    track, learned = ({name: column.empty(count) for name, column in one.items()} for one in columns)
    tables = NoTables()
    nothing = np.full(count, np.nan)
    for row in range(longest):
        known = ~np.isnan(values[row])
        seen = Seen(
            start=row * EVERY,
            end=(row + 1) * EVERY,
            value=values[row],
            numerator=nothing,
            denominator=nothing,
            events=known.astype(np.float64),
            known=known,
            row=np.arange(count),
        )
        context = detector.context(seen, learned, tables)
        verdict = detector.judge(seen, context, track)
        detector.learn(seen, context, known & (verdict.firing != YES), learned, tables)
        result[row] = verdict.score
    return np.concatenate([result[: len(series), key] for key, series in enumerate(corpus)])


def _version(detector: Detector, corpus: Sequence[Series]) -> str:
    """Another for other settings, other code, other series."""
    module = Path(__import__(type(detector).__module__, fromlist=["x"]).__file__ or "").read_bytes()
    names = ",".join(series.name for series in corpus).encode()
    return detector.id + hashlib.sha256(module + names).hexdigest()[:8]
