"""The corpus of sorters: its counts are distributed as the simulator's events are once they are counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.sorters.counts import beside, simulate
from benchmarks.sorters.load import Roughness
from benchmarks.sorters.plants import Days, machines_of, shipped
from framework.sources.simulator import Plant
from tests.benchmarks.events import REASONS, counted, lines_of, tables

DAYS = Days(warm=0, labelled=1)
MINUTES, PLANTS = 30, 8
OFTEN = {"no_read": 0.1, "jam": 0.3, "recirculation": 0.4, "reject": 0.15}
NAMES = ("inducted", "read", "jams", "again", "sorted", "left", *REASONS)


@pytest.fixture(scope="module")
def definitions():
    """The shipped ones, but what is rare happens often: a wrong share would show."""
    found = shipped()
    spec = dict(found.simulations[0].spec)
    spec["steps"] = [
        {**step, **({"chance": OFTEN[step["name"]]} if step["name"] in OFTEN else {})}
        for step in spec["steps"]
    ]
    return replace(found, simulations=(replace(found.simulations[0], spec=spec),))


@pytest.fixture(scope="module")
def events(definitions):
    """Arrays of minutes by machines, of plants beside one another, from events."""
    plants = [Plant(definitions, DAYS.begin, seed, only={"site": ["ULM"]}) for seed in range(PLANTS)]
    names = [one["machine_id"] for one in plants[0].entities]
    found = [counted(lines_of(one, MINUTES + 3), names, DAYS.begin, MINUTES) for one in plants]
    return tables(beside(found))


@pytest.fixture(scope="module")
def drawn(definitions):
    """The same, drawn as counts."""
    machines = machines_of(definitions, DAYS.begin, ["ULM"])
    spec = definitions.simulations[0].spec
    found = [simulate(seed, spec, DAYS, machines, (), Roughness.none()) for seed in range(PLANTS * 4)]
    return {name: table[:MINUTES] for name, table in tables(beside(found)).items()}


@pytest.mark.parametrize("name", NAMES)
def test_means_and_variances_are_those_of_events(events, drawn, name):
    seen, made = events[name][2:], drawn[name][2:]
    assert abs(seen.mean() - made.mean()) < 4 * _error(seen, made)
    spread = np.sqrt((2 + 1 / seen.mean()) / seen.size)
    assert seen.var() / seen.mean() == pytest.approx(made.var() / made.mean(), abs=5 * spread)


@pytest.mark.parametrize("name", ["inducted", "again", "sorted", "left"])
def test_the_first_minutes_are_those_of_a_plant_that_begins(events, drawn, name):
    for minute in range(3):
        seen, made = events[name][minute], drawn[name][minute]
        assert abs(seen.mean() - made.mean()) < 4 * _error(seen, made)


@pytest.mark.parametrize("later", [0, 1])
def test_what_comes_in_goes_out(events, drawn, later):
    def together(found):
        into, out = found["inducted"][2 : MINUTES - later], found["sorted"][2 + later :]
        return np.corrcoef(into.ravel(), out.ravel())[0, 1]

    assert together(events) == pytest.approx(together(drawn), abs=0.08)


def _error(seen: np.ndarray, made: np.ndarray) -> float:
    return float(np.sqrt(seen.mean() / seen.size + made.mean() / made.size))
