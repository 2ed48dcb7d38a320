"""The corpus: plants by seed, with the truth of what went wrong in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.sorters.counts import Minutes, beside, simulate
from benchmarks.sorters.incidents import Incident, draw
from benchmarks.sorters.kpis import figures, rejections
from benchmarks.sorters.load import Roughness
from benchmarks.sorters.plants import DAY, SITES, Days, Machines, machines_of, shipped


@dataclass(frozen=True)
class Corpus:
    """Plants beside one another: every machine and site has its seed in its name.

    `incidents` count machines over all plants; `counts` has a column for each.
    """

    days: Days
    seeds: tuple[int, ...]
    plant: Machines
    counts: Minutes
    incidents: tuple[Incident, ...]

    @cached_property
    def machines(self) -> pl.DataFrame:
        """The machines: `machine_id` and what zone maps say of them."""
        columns = list(self.plant.said[0])
        rows = [
            {**one, "machine_id": named(seed, one["machine_id"]), "site": named(seed, one["site"])}
            for seed in self.seeds
            for one in self.plant.said
        ]
        return pl.DataFrame(rows).select("machine_id", *(name for name in columns if name != "machine_id"))

    @cached_property
    def sites(self) -> pl.DataFrame:
        """The sites, in the order of `site_of`."""
        regions = {str(one["site"]): one["region"] for one in self.plant.said}
        rows = [
            {"site": named(seed, s), "region": regions[s]} for seed in self.seeds for s in self.plant.sites
        ]
        return pl.DataFrame(rows)

    @cached_property
    def site_of(self) -> NDArray[np.int64]:
        """The place of each machine's site."""
        many = len(self.plant.sites)
        return np.concatenate([self.plant.site + many * place for place in range(len(self.seeds))])

    @cached_property
    def at_sites(self) -> Minutes:
        """The counts of the sites."""
        return self.counts.at_sites(self.site_of, self.sites.height)

    def frame(self, kpi: str, level: str, day: int) -> pl.DataFrame:
        """The rows of one day of a KPI at `machine` or `site`, as the engine takes them; `rejections`: by
        reason."""
        counts, keys = (self.counts, self.machines) if level == "machine" else (self.at_sites, self.sites)
        part = slice(day * DAY, (day + 1) * DAY)
        counts, starts = counts.each(lambda one: one[part]), self.days.starts[part]
        if kpi == "rejections":
            return rejections(counts, starts, keys)
        return figures(kpi, counts, starts, self.rated(level)).frame(keys)

    def rated(self, level: str) -> NDArray[np.float64]:
        """What each machine, or site, is rated for: parcels an hour."""
        machines = self.machines["rated_per_hour"].to_numpy().astype(np.float64)
        return machines if level == "machine" else np.bincount(self.site_of, machines)


def named(seed: int, name: object) -> str:
    """A name that tells the plants apart."""
    return f"s{seed:02d}-{name}"


def make(
    seeds: Sequence[int], days: Days, rough: Roughness, sites: Sequence[str] = SITES, wrong: bool = True
) -> Corpus:
    """The corpus of some seeds; without incidents where nothing is to be `wrong`."""
    definitions = shipped()
    plant = machines_of(definitions, days.begin, sites)
    spec = definitions.simulations[0].spec
    made, told = [], []
    for place, seed in enumerate(seeds):
        incidents = draw(np.random.default_rng([seed, 0]), days, plant) if wrong else []
        counts = simulate(seed, spec, days, plant, incidents, rough)
        made.append(counts.each(lambda one: one.astype(np.int32)))
        shift = place * len(plant)
        told += [one.moved(shift) for one in incidents]
    return Corpus(days, tuple(seeds), plant, beside(made), tuple(told))
