"""How many items come in: the curves of day and week, holidays, and what no curve knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.sorters.plants import Days, Machines

Floats = NDArray[np.float64]
_NODE = 10  # minutes between the nodes of a slow random curve
HOLIDAY = 0.15  # share of the load on a public holiday


@dataclass(frozen=True)
class Roughness:
    """How far a plant departs from its curves: all are lognormal, given as the sigma of the logarithm.

    `site` and `machine` vary the load with an autocorrelation that falls to 1/e in so many hours, the first
    the same for all machines of a site: volume differs from day to day. `build` is fixed for a machine,
    `quality` slow, both on its chances of going wrong: no two machines reject alike.
    """

    site: float = 0.10
    site_hours: float = 10.0
    machine: float = 0.05
    machine_hours: float = 2.0
    build: float = 0.15
    quality: float = 0.08
    quality_hours: float = 6.0

    def times(self, factor: float) -> Roughness:
        """So many times as rough."""
        sigmas = ("site", "machine", "build", "quality")
        return replace(self, **{name: factor * getattr(self, name) for name in sigmas})

    @classmethod
    def none(cls) -> Roughness:
        """A plant that keeps to its curves: chance alone."""
        return cls(site=0, machine=0, build=0, quality=0)


def curve(spec: Mapping[str, Any], days: Days) -> Floats:
    """The share of the busy rate in each minute, one value a minute."""
    zone = ZoneInfo(spec.get("timezone", "UTC"))
    day, week = spec.get("day") or [1] * 24, spec.get("week") or [1] * 7
    found = np.empty(days.minutes)
    for first in range(0, days.minutes, 60):
        moment = datetime.fromtimestamp(int(days.starts[first]) // 1_000_000, UTC).astimezone(zone)
        holiday = moment.date().isoformat() == days.holiday
        found[first : first + 60] = day[moment.hour] * (HOLIDAY if holiday else week[moment.weekday()])
    return found


def expected(
    rng: np.random.Generator, spec: Mapping[str, Any], days: Days, machines: Machines, rough: Roughness
) -> Floats:
    """Items that arrive in each minute (rows) at each machine (columns), on the average."""
    shared = _slow(rng, days, len(machines.sites), rough.site, rough.site_hours)[:, machines.site]
    own = _slow(rng, days, len(machines), rough.machine, rough.machine_hours)
    return curve(spec, days)[:, None] * machines.busy * np.exp(shared + own)


def wear(rng: np.random.Generator, days: Days, machines: Machines, rough: Roughness) -> Floats:
    """A factor on the chance of one failure, for each minute and machine."""
    build = rng.normal(0, rough.build, len(machines))
    return np.exp(build + _slow(rng, days, len(machines), rough.quality, rough.quality_hours))


def _slow(rng: np.random.Generator, days: Days, count: int, sigma: float, hours: float) -> Floats:
    """A first-order autoregression in steps of ten minutes, straight lines between."""
    nodes = days.minutes // _NODE + 2
    keep = np.exp(-_NODE / 60 / hours)
    noise = rng.normal(0, 1, (nodes, count))
    walk = np.empty((nodes, count))
    walk[0] = noise[0]
    for place in range(1, nodes):
        walk[place] = keep * walk[place - 1] + np.sqrt(1 - keep**2) * noise[place]
    place = np.arange(days.minutes)
    low, part = place // _NODE, (place % _NODE / _NODE)[:, None]
    return sigma * (walk[low] * (1 - part) + walk[low + 1] * part)
