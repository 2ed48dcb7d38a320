"""The detectors of river and PyOD, as their documentation uses them."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.sorters.peers import Series

Floats = NDArray[np.float64]


def gaussian(one: Series) -> Floats:
    """`river.anomaly.GaussianScorer` for each machine, over the last 1,000 windows; the upper tail counts."""
    from river import anomaly

    return _learned(one, lambda: anomaly.GaussianScorer(window_size=1000, grace_period=100), 1.0)


def deviation(one: Series) -> Floats:
    """`river.anomaly.StandardAbsoluteDeviation` for each machine."""
    from river import anomaly

    return _learned(one, anomaly.StandardAbsoluteDeviation, 0.0)


def _learned(one: Series, make: Callable[[], object], centre: float) -> Floats:
    found = np.full(one.bad.shape, np.nan)
    for machine in range(one.bad.shape[1]):
        scorer = make()
        column = found[:, machine]
        for place, value in enumerate(one.bad[:, machine].tolist()):
            if value == value:
                column[place] = scorer.score_one(None, value)
                scorer.learn_one(None, value)
    return found


def half_space_trees(rows: Floats, fit: int) -> Floats:
    """`river.anomaly.HalfSpaceTrees` on a machine's features, scaled to 0 to 1 by what it is fitted to."""
    from river import anomaly

    low, high = rows[:fit].min(axis=0), rows[:fit].max(axis=0)
    scaled = np.clip((rows - low) / np.maximum(high - low, 1e-9), 0, 1)
    names = [f"f{place}" for place in range(rows.shape[1])]
    model = anomaly.HalfSpaceTrees(n_trees=25, height=8, window_size=250, seed=1)
    found = np.empty(len(rows))
    for place, row in enumerate(scaled.tolist()):
        known = dict(zip(names, row, strict=True))
        found[place] = model.score_one(known)
        model.learn_one(known)
    return found


def ecod(rows: Floats, fit: int) -> Floats:
    """`pyod.models.ecod.ECOD`, fitted to each machine."""
    from pyod.models.ecod import ECOD

    return _fitted(ECOD(), rows, fit)


def isolation_forest(rows: Floats, fit: int) -> Floats:
    """`pyod.models.iforest.IForest`, fitted to each machine."""
    from pyod.models.iforest import IForest

    return _fitted(IForest(n_estimators=100, random_state=1), rows, fit)


def _fitted(model: object, rows: Floats, fit: int) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(rows[:fit])
        scores: Floats = np.asarray(model.decision_function(rows), dtype=float)
    return scores
