"""The rule as the product runs it: from its file, through the fold of episodes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.nab.corpus import Series
from benchmarks.nab.product import EVERY
from framework.cli.planning import plan_of
from framework.episodes import Series as Rules
from framework.episodes import Watch

FOLDER = Path(__file__).with_name("definitions")
STRETCH = 2016  # rows handed in at a time


def watch() -> Watch:
    """The rule of the folder of definitions."""
    plan, _ = plan_of(str(FOLDER))
    return plan.watches[0]


def episodes(corpus: Sequence[Series]) -> NDArray[np.bool_]:
    """At which rows an episode begins, all series end to end."""
    one = watch()
    frame = pl.concat([_frame(place, series) for place, series in enumerate(corpus)]).sort("@start", "series")
    starts = np.cumsum([0, *(len(series) for series in corpus)])
    found = np.zeros(starts[-1], dtype=bool)
    rules = Rules([one])
    for begin in range(0, max(len(series) for series in corpus), STRETCH):
        low, high = (frame["@start"].search_sorted(row * EVERY) for row in (begin, begin + STRETCH))
        for snapshot in rules.take({one.watched.name: frame[low:high]}):
            if snapshot.change == "fired":
                rows = snapshot.at // EVERY - 1
                found[[starts[int(name)] + rows for name in snapshot.frame["series"]]] = True
    return found


def _frame(place: int, series: Series) -> pl.DataFrame:
    count = len(series)
    return pl.DataFrame(
        {
            "@start": np.arange(count) * EVERY,
            "series": [str(place)] * count,
            "value": series.values,
            "numerator": np.full(count, np.nan),
            "denominator": np.full(count, np.nan),
            "events": np.ones(count),
        }
    ).with_columns(pl.col("numerator", "denominator").fill_nan(None))
