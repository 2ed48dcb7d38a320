"""The corpus of sorters: which episodes count for which incidents, and the peers' thresholds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from benchmarks.sorters.corpus import make
from benchmarks.sorters.detections import fired, threshold_for
from benchmarks.sorters.incidents import INCIDENTS, KINDS, Incident
from benchmarks.sorters.load import Roughness
from benchmarks.sorters.plants import DAY, MINUTE, Days
from benchmarks.sorters.scoring import GRACE, Episode, score

DAYS = Days(warm=1, labelled=1)
KIND = {kind.name: kind for kind in KINDS}


@pytest.fixture(scope="module")
def corpus():
    """Two sites; machine 3 stops, all of site 1 stops later, and one machine is under maintenance."""
    made = make([1], DAYS, Roughness(), sites=["BER", "ULM"], wrong=False)
    stop = Incident(KIND["stop"], (3,), DAY + 600, DAY + 620, 0.0, 0.0)
    dip = Incident(
        KIND["power_dip"], tuple(np.flatnonzero(made.site_of == 1)), DAY + 800, DAY + 810, 0.0, 0.0
    )
    planned = Incident(KIND["maintenance"], (5,), DAY + 600, DAY + 720, 0.0, 0.0)
    return dataclasses.replace(made, incidents=(stop, dip, planned))


def episode(minute: int, key: int, level: str = "machine") -> Episode:
    return Episode("rule", level, key, DAYS.begin + minute * MINUTE)


@pytest.mark.parametrize(
    ("episodes", "found", "duplicates", "false", "delays"),
    [
        ([], 0, 0, 0, []),
        ([episode(DAY + 603, 3)], 1, 0, 0, [3]),
        ([episode(DAY + 605, 3), episode(DAY + 603, 3)], 1, 1, 0, [3]),
        ([episode(DAY + 600, 3)], 0, 0, 1, []),  # as it begins, nothing can be known
        ([episode(DAY + 620 + GRACE, 3)], 1, 0, 0, [30]),
        ([episode(DAY + 621 + GRACE, 3)], 0, 0, 1, []),
        ([episode(DAY + 603, 4)], 0, 0, 1, []),  # a neighbour
        ([episode(DAY + 604, 0, "site")], 1, 0, 0, [4]),
        ([episode(DAY + 803, 12), episode(DAY + 804, 1, "site")], 1, 1, 0, [3]),
        ([episode(DAY + 650, 5)], 0, 0, 1, []),  # planned: not to be told
        ([episode(600, 3)], 0, 0, 0, []),  # of the warm-up
    ],
)
def test_episodes_are_matched(corpus, episodes, found, duplicates, false, delays):
    scored = score(corpus, episodes)
    whole = scored.whole
    assert (whole.incidents, whole.found, whole.duplicates) == (2, found, duplicates)
    assert (len(scored.false), whole.delays) == (false, delays)
    assert scored.machine_days == 40
    assert sum(map(sum, scored.rules.values())) == found + duplicates + false


def test_what_a_false_episode_came_with_is_told(corpus):
    episodes = [episode(DAY + 650, 5), episode(DAY + 640, 3), episode(DAY + 60, 3), episode(2 * DAY + 700, 3)]
    told = dict.fromkeys(("maintenance", "after stop", "night", "holiday"), 1)
    assert {name: 1 for _, name in score(corpus, episodes).false} == told


def test_two_of_three_windows_are_an_episode():
    scores = np.zeros((40, 2))
    scores[[5, 7, 9, 25, 30], 0] = 2  # 5, 7 and 9 go together, 25 and 30 are alone
    scores[[3, 4, 20, 21], 1] = 2
    windows, keys = fired(scores, 2.0)
    assert list(zip(windows.tolist(), keys.tolist(), strict=True)) == [(7, 0), (4, 1), (21, 1)]


@pytest.mark.parametrize("budget", [0, 1, 5])
def test_a_threshold_keeps_to_its_budget(budget):
    scores = np.random.default_rng(1).normal(0, 1, (2 * DAY, 100))
    limit = threshold_for(scores, 1, budget)
    assert len(fired(scores, limit)[0]) <= 2 * budget
    assert len(fired(scores, limit - 0.2)[0]) > 2 * budget


def test_incidents_keep_apart_and_inside_their_days():
    made = make([3, 4], DAYS, Roughness())
    assert {one.kind.name for one in made.incidents} >= set(INCIDENTS)
    taken: dict[int, list[tuple[int, int]]] = {}
    for one in made.incidents:
        assert DAYS.from_labelled < one.start < one.end < DAYS.from_holiday
        for machine in one.machines:
            assert all(one.start >= end or one.end <= start for start, end in taken.get(machine, ()))
            taken.setdefault(machine, []).append((one.start, one.end))


def test_the_same_seed_gives_the_same_counts():
    first, second, other = (make([seed], DAYS, Roughness(), sites=["ULM"]) for seed in (5, 5, 6))
    assert np.array_equal(first.counts.sorted, second.counts.sorted)
    assert first.incidents == second.incidents
    assert not np.array_equal(first.counts.sorted, other.counts.sorted)
