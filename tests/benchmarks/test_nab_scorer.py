"""The scorer of the Numenta benchmark, on cases small enough for a pencil, and on its known detector."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.nab.corpus import Series, half, load
from benchmarks.nab.episodes import episodes, watch
from benchmarks.nab.gaussian import windowed_gaussian
from benchmarks.nab.hold import Hold
from benchmarks.nab.scorer import PROFILES, Board, position_credit

STANDARD, LOW_FALSE, LOW_MISSED = PROFILES
NAB = os.environ.get("SORTLINE_NAB")


def series(rows: int, *windows: tuple[int, int], name: str = "a/a.csv") -> Series:
    return Series(name, np.arange(rows), np.zeros(rows), windows)


def marked(rows: int, *places: int) -> np.ndarray:  # type: ignore[type-arg]
    return np.isin(np.arange(rows), places)


def sigmoid(position: float) -> float:
    return 2 / (1 + math.exp(5 * position)) - 1


def test_the_curve_of_credit():
    assert position_credit(np.array([-1.0, 0.0, 1.0, 3.0, 7.0])) == pytest.approx(
        [0.98661, 0.0, -0.98661, -1.0, -1.0], abs=1e-5
    )


@pytest.mark.parametrize(
    ("places", "raw"),
    [
        ([], -1.0),
        ([40], 1.0),  # the window's first row
        ([45], sigmoid(-0.5) / sigmoid(-1)),
        ([49], sigmoid(-0.1) / sigmoid(-1)),
        ([40, 41, 49], 1.0),  # only the earliest counts
        ([20, 40], 1.0 - 0.11),  # before any window
        ([40, 50], 1.0 + 0.11 * sigmoid(1 / 9)),  # just behind a window of ten
        ([40, 99], 1.0 - 0.11),  # far behind
        ([3], -1.0),  # the probation is 15 rows
    ],
)
def test_one_window_of_ten_rows(places, raw):
    board = Board.of([series(100, (40, 49))])
    assert board.score(marked(100, *places), STANDARD) == pytest.approx(100 * (raw + 1) / 2)


def test_profiles_weigh_differently():
    board = Board.of([series(100, (40, 49), (70, 79))])
    fired = marked(100, 20, 40)
    assert board.score(fired, STANDARD) == pytest.approx(100 * (1 - 1 - 0.11 + 2) / 4)
    assert board.score(fired, LOW_FALSE) == pytest.approx(100 * (1 - 1 - 0.22 + 2) / 4)
    assert board.score(fired, LOW_MISSED) == pytest.approx(100 * (1 - 2 - 0.11 + 4) / 6)


def test_the_probation_is_at_most_750_rows():
    assert series(100).probation == 15 and series(3999).probation == 599 and series(22_695).probation == 750


def test_series_lie_end_to_end():
    board = Board.of([series(100, (40, 49)), series(50, (30, 34))])
    assert board.windows == 2 and len(board.row) == 85 + 43
    assert board.score(marked(150, 40, 130), STANDARD) == pytest.approx(100)


def test_the_sweep_finds_the_best_threshold():
    scores = np.zeros(100)
    scores[[41, 45, 60, 20]] = [0.7, 0.9, 0.8, 0.6]
    board = Board.of([series(100, (40, 49))])
    best = board.sweep(scores, STANDARD)
    by_hand = {at: board.score(scores >= at, STANDARD) for at in (0.9, 0.8, 0.7, 0.6)}
    assert best.score == pytest.approx(max(by_hand.values())) and by_hand[best.threshold] == max(
        by_hand.values()
    )


def test_equal_scores_fall_together():
    """A threshold can't tell them apart, so the good one can't be had without the bad ones."""
    scores = np.zeros(100)
    scores[[*range(20, 30), 48]] = 0.5
    best = Board.of([series(100, (40, 49))]).sweep(scores, LOW_FALSE)
    assert best.score == 0.0 and best.threshold == math.inf


def test_holding_fire():
    hold = Hold([series(100), series(100)])
    assert hold.detections(marked(200, 3, 20, 25, 30, 99, 100, 120, 121), 10).tolist() == [20, 30, 99, 120]
    assert hold.detections(marked(200), 10).tolist() == []


def test_halves_alternate_within_each_category():
    corpus = [series(9, name=name) for name in ("a/1", "a/2", "a/3", "b/1", "b/2", "c/1")]
    assert half(corpus, 0) == (0, 2, 3, 5) and half(corpus, 1) == (1, 4)


def test_the_rule_runs_from_its_file():
    """An episode begins with the first thing of its kind, and is the only one for 100 rows."""
    values = np.full(400, 50.0)
    values[[200, 250, 290, 350]] = [90.0, 10.0, 10.0, 70.0]
    other = Series("b/b.csv", np.arange(120), np.full(120, 7.0), ())
    begun = episodes([Series("a/a.csv", np.arange(400), values, ()), other])
    assert np.flatnonzero(begun).tolist() == [200, 350]
    assert [one.name for one in watch().detectors] == ["novelty", "novelty"]


# The data are not part of the project: where they are, there is one test more.
if NAB:

    def test_the_windowed_gaussian_scores_as_published():
        corpus = load(Path(str(NAB)))
        assert len(corpus) == 58 and sum(len(one.windows) for one in corpus) == 116
        scores = np.concatenate([windowed_gaussian(one.values) for one in corpus])
        board = Board.of(corpus)
        found = [board.sweep(scores, profile).score for profile in PROFILES]
        assert found == pytest.approx([39.65, 20.87, 47.41], abs=0.005)
