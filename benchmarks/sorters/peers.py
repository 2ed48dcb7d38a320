"""The peers: what one would take from a shelf, on the same figures of the same machines.

Each gives a score for every window, larger for worse. Two of three windows at or above a threshold are an
episode. The threshold is chosen on the warm-up, so that all KPIs together raise there the episodes of the
budget. A peer that is fitted first takes all but the last two days of the warm-up for that, and its threshold
from those two; one that learns as it goes has a day to begin with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.sorters.corpus import Corpus
from benchmarks.sorters.detections import episodes, threshold_for
from benchmarks.sorters.kpis import figures
from benchmarks.sorters.plants import DAY
from benchmarks.sorters.scoring import Episode

Floats = NDArray[np.float64]
SIDES = {"throughput": -1, "reject_rate": 1, "read_rate": -1, "jam_rate": 1, "zone_balance": -1}
LEAST = 30  # parcels that a ratio needs, to be looked at
FIRST = 1  # day that a peer may learn from before its scores count
HELD_BACK = 2  # days of the warm-up, for the threshold of what was fitted to the rest


@dataclass(frozen=True)
class Series:
    """A KPI of all machines: windows by machines, NaN where there is nothing to be judged.

    `bad` is turned so that more is worse. `warm` is the number of windows to learn from, `hour` the hour of
    the week of each window, with a holiday as a Sunday; `sites` the site of each machine.
    """

    kpi: str
    minutes: int
    bad: Floats
    warm: int
    hour: NDArray[np.int64]
    sites: NDArray[np.int64]

    @property
    def fit(self) -> int:
        """How many windows a peer may be fitted to."""
        return self.warm - HELD_BACK * DAY // self.minutes


def series_of(corpus: Corpus) -> list[Series]:
    """The KPIs that peers watch. What the calendar declares is left out: it is no task of theirs."""
    days, found = corpus.days, []
    for kpi, side in SIDES.items():
        made = figures(kpi, corpus.counts, days.starts, corpus.rated("machine"))
        bad = side * made.value
        if made.denominator is not None:
            few = made.denominator if kpi != "zone_balance" else made.events
            bad[few < LEAST] = np.nan
        for one in corpus.incidents:
            if one.kind.name == "maintenance":
                bad[one.start // made.minutes : -(-one.end // made.minutes) + 1, one.machines] = np.nan
        hours = np.array([_hour(int(start), days.holiday, days.timezone) for start in made.starts])
        warm = days.from_labelled // made.minutes
        found.append(Series(kpi, made.minutes, bad, warm, hours, corpus.site_of))
    return found


def _hour(start: int, holiday: str, timezone: str) -> int:
    moment = datetime.fromtimestamp(start / 1e6, UTC).astimezone(ZoneInfo(timezone))
    day = 6 if moment.date().isoformat() == holiday else moment.weekday()
    return day * 24 + moment.hour


def fixed(one: Series) -> Floats:
    """One bound for each machine: so many standard deviations from its mean in the warm-up."""
    warm = one.bad[: one.warm]
    return (one.bad - np.nanmean(warm, axis=0)) / np.maximum(np.nanstd(warm, axis=0), 1e-9)


def beside(one: Series) -> Floats:
    """As `fixed`, but throughput as the share of what the machine's site has in that window (its median),
    where that is at least a quarter of what is usual."""
    if one.kpi != "throughput":
        return fixed(one)
    share = np.full(one.bad.shape, np.nan)
    for site in np.unique(one.sites):
        members = one.sites == site
        middle = np.nanmedian(one.bad[:, members], axis=1, keepdims=True)
        busy = middle < np.nanmedian(middle[: one.warm]) / 4  # both are turned: more is worse
        share[:, members] = np.where(busy, -one.bad[:, members] / middle, np.nan)
    return fixed(replace(one, bad=share))


def rolling(one: Series, minutes: int = 60) -> Floats:
    """The z-score against the hour before, or twelve windows of it."""
    many = max(12, minutes // one.minutes)
    known = np.isfinite(one.bad)
    filled = np.where(known, one.bad, 0.0)
    count, first, second = (_before(what, many) for what in (known.astype(float), filled, filled**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = first / count
        spread = np.sqrt(np.maximum(second / count - mean**2, 0))
        least = np.nanstd(one.bad[: one.warm], axis=0) / 20
        found = (one.bad - mean) / np.maximum(spread, least)
    found[count < many // 2] = np.nan
    return found


def _before(values: Floats, many: int) -> Floats:
    whole = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    place = np.arange(len(values))
    return whole[place] - whole[np.maximum(place - many, 0)]


def weekly(one: Series) -> Floats:
    """The z-score against the same hour of the week."""
    found = np.full(one.bad.shape, np.nan)
    learnt, whole = one.bad[: one.fit], np.nanstd(one.bad[: one.fit], axis=0)
    for hour in np.unique(one.hour):
        mask = one.hour == hour
        then = learnt[mask[: one.fit]]
        enough = np.isfinite(then).sum(axis=0) >= 5
        if enough.any():
            then = then[:, enough]
            spread = np.maximum(np.nanstd(then, axis=0), whole[enough] / 20)
            found[np.ix_(mask, enough)] = (one.bad[np.ix_(mask, enough)] - np.nanmean(then, axis=0)) / spread
    found[: one.fit] = np.nan
    return found


def univariate(
    corpus: Corpus, series: list[Series], name: str, scorer: Callable[[Series], Floats], budget: float
) -> list[Episode]:
    """The episodes of a peer that looks at each KPI by itself; each KPI gets its part of the budget."""
    found = []
    for one in series:
        scores = scorer(one)
        scores[: FIRST * DAY // one.minutes] = np.nan
        limit = threshold_for(scores[: one.warm], one.minutes, budget / len(series))
        found += episodes(f"{name}: {one.kpi}", scores, one.minutes, corpus.days.begin, limit)
    return found


def features(series: list[Series]) -> Iterator[Floats]:
    """For each machine, windows of 5 minutes by features: each KPI's mean, and the hour of the day.

    What is missing has its mean.
    """
    size = max(one.minutes for one in series)
    wide = []
    for one in series:
        each = one.bad.reshape(-1, size // one.minutes, one.bad.shape[1])
        wide.append(np.nanmean(each, axis=1))
    hour = series[-1].hour % 24
    for machine in range(series[0].bad.shape[1]):
        columns = [one[:, machine] for one in wide]
        columns = [np.where(np.isfinite(one), one, np.nanmean(one)) for one in columns]
        yield np.column_stack([*columns, np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12)])


def multivariate(
    corpus: Corpus,
    series: list[Series],
    name: str,
    scorer: Callable[[Floats, int], Floats],
    budget: float,
) -> list[Episode]:
    """The episodes of a peer that looks at all KPIs of a machine at once, in windows of 5 minutes."""
    size = max(one.minutes for one in series)
    warm = corpus.days.from_labelled // size
    fit = warm - HELD_BACK * DAY // size
    scores = np.column_stack([scorer(one, fit) for one in features(series)])
    scores[:fit] = np.nan
    gone = np.all(
        [np.isnan(one.bad.reshape(-1, size // one.minutes, scores.shape[1])).all(axis=1) for one in series],
        axis=0,
    )
    scores[gone] = np.nan
    limit = threshold_for(scores[:warm], size, budget)
    return episodes(name, scores, size, corpus.days.begin, limit)
