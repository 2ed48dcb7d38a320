"""The simulator over days: holidays, random variation of the load, incidents that come by chance."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from framework.definitions.durations import moment
from framework.sources.simulator import Plant
from framework.sources.simulator.load import Load
from tests.simulator.test_plant import BEGIN, MINUTE, definitions

__all__ = ["definitions"]
HOUR = 60 * MINUTE
ENTITIES = [{"site": site, "machine": place} for place, site in enumerate("AABB" * 50)]


def test_a_holiday_has_a_share_of_its_own():
    spec = {"week": [1] * 7, "holidays": ["2026-10-03"], "holiday": 0.2, "timezone": "Europe/Berlin"}
    load = Load(spec, ENTITIES[:1], BEGIN, 0)
    shares = [load.at(moment(f"2026-10-{text}:00Z"))[0] for text in ("02T21:59", "02T22:00", "03T22:00")]
    assert shares == [1, 0.2, 1]


def test_load_varies_as_much_and_as_slowly_as_asked_for():
    load = Load({"varies": [{"by": 0.2, "over": "2h"}]}, ENTITIES, BEGIN, 3)
    walks = np.log([load.at(BEGIN + place * HOUR) for place in range(200)])
    assert walks.std() == pytest.approx(0.2, rel=0.05)
    together = [np.corrcoef(walks[:-hours].ravel(), walks[hours:].ravel())[0, 1] for hours in (1, 2, 6)]
    assert together == pytest.approx(np.exp([-0.5, -1, -3]), abs=0.05)
    assert len(set(walks[0])) == len(ENTITIES)


def test_those_that_share_vary_alike():
    load = Load({"varies": [{"by": 0.2, "over": "2h", "shared": "site"}]}, ENTITIES, BEGIN, 3)
    assert [len(set(load.at(BEGIN + place * HOUR))) for place in range(5)] == [2] * 5


def test_variation_does_not_hang_on_when_one_looks():
    spec = {"varies": [{"by": 0.2, "over": "2h"}]}
    rarely, often = Load(spec, ENTITIES, BEGIN, 3), Load(spec, ENTITIES, BEGIN, 3)
    for place in range(300):
        last = often.at(BEGIN + place * MINUTE)
    assert np.array_equal(rarely.at(BEGIN + 299 * MINUTE), last)


def plant(definitions, incident, seed=0):
    spec = {**definitions.simulations[0].spec, "incidents": [incident]}
    simulation = replace(definitions.simulations[0], spec=spec)
    changed = replace(definitions, simulations=(simulation,))
    return Plant(changed, BEGIN, seed, only={"site": ["BER", "BRE"]}, stretch=3600, pace=0.1)


@pytest.mark.parametrize(("over", "many"), [(None, 1), ("site", 10)])
def test_incidents_come_by_chance(definitions, over, many):
    incident = {"incident": "fails", "every": "30m", "lasts": "10m", "rate": 0.5}
    made = plant(definitions, incident | ({"over": over} if over else {}))
    for _ in itertools.islice(made.stretches(), 200):
        pass
    assert len(made.incidents) == pytest.approx(400, abs=5 * 20)
    assert {int(one.who.sum()) for one in made.incidents} == {many}
    lasts = [(one.end - one.start) / MINUTE for one in made.incidents]
    assert 5 <= min(lasts) < 6 and 14 < max(lasts) <= 15
    places = {str(one.truth(one.end)["at"]) for one in made.incidents}
    assert len(places) == 20 / many
    assert made.nowhere == []


def test_the_same_seed_gives_the_same_incidents(definitions):
    incident = {"incident": "fails", "every": "30m", "at": {"site": "BER"}, "lasts": "10m"}
    found = []
    for seed in (1, 1, 2):
        made = plant(definitions, incident, seed)
        for _ in itertools.islice(made.stretches(), 20):
            pass
        found.append([(one.start, one.at) for one in made.incidents])
    assert found[0] == found[1] != found[2]
    assert {at["machine_id"][:6] for _, at in found[0]} == {"PSM-01"}


def test_what_fits_nothing_is_nowhere(definitions):
    incident = {"incident": "fails", "every": "30m", "at": {"site": "HAM"}, "lasts": "10m"}
    assert plant(definitions, incident).nowhere == ["fails"]
