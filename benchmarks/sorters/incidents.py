"""What goes wrong, at random machines and times by seed; and what only looks as if it did."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.sorters.plants import Days, Machines

MARGIN = 90  # minutes between two incidents of a machine


@dataclass(frozen=True)
class Kind:
    """How often a kind happens in a plant in two labelled days, for how many minutes, and how badly.

    `size` is the range of its one figure, whose meaning `counts.py` says. `whole` kinds
    concern all machines of a site. `wrong` tells an incident from what is none.
    """

    name: str
    times: int
    lasts: tuple[int, int]
    size: tuple[float, float]
    whole: bool = False
    wrong: bool = True
    text: str = ""


KINDS = (
    Kind(
        "rush",
        1,
        (120, 120),
        (1.6, 1.6),
        whole=True,
        wrong=False,
        text="a site has 60 % more parcels for 2 h",
    ),
    Kind("maintenance", 2, (120, 240), (0, 0), wrong=False, text="a machine is off, as the calendar says"),
    Kind("power_dip", 1, (5, 20), (0, 0), whole=True, text="all machines of a site stop"),
    Kind("drop", 6, (20, 90), (0.2, 0.6), text="a machine takes in 20 % to 60 % of its parcels"),
    Kind("stop", 5, (10, 60), (0, 0), text="a machine takes in none"),
    Kind(
        "reject_burst", 4, (8, 30), (0.12, 0.40), text="the chance of a reject is 12 % to 40 % (usual 1.5 %)"
    ),
    Kind("camera", 3, (60, 120), (0.15, 0.35), text="unread labels rise slowly from 1.2 % to 15 % to 35 %"),
    Kind("chute_full", 3, (20, 60), (0.5, 1.0), text="half or more of one zone's parcels are rejected"),
    Kind("jam_burst", 3, (15, 45), (0.02, 0.06), text="jams are 2 % to 6 % (usual 0.15 %)"),
    Kind(
        "imbalance", 3, (30, 90), (0.15, 0.30), text="one side of a machine gets 15 % to 30 % of its parcels"
    ),
)
INCIDENTS = tuple(kind.name for kind in KINDS if kind.wrong)


@dataclass(frozen=True)
class Incident:
    """One incident, of machines by their places; it lasts from minute `start` up to minute `end`.

    `zone` is which of the machine's zones is concerned, as a figure from 0 to 1 (of a chute), or the side.
    """

    kind: Kind
    machines: tuple[int, ...]
    start: int
    end: int
    size: float
    zone: float

    def moved(self, by: int) -> Incident:
        """The same, of machines so many places on."""
        return replace(self, machines=tuple(one + by for one in self.machines))


def draw(rng: np.random.Generator, days: Days, machines: Machines) -> list[Incident]:
    """The incidents of a plant in its labelled days; none of a machine comes near another of its."""
    free = np.ones((days.minutes, len(machines)), dtype=bool)
    free[: days.from_labelled + 30] = free[days.from_holiday - 30 :] = False
    found = []
    for kind in KINDS:
        for _ in range(max(1, round(kind.times * days.labelled / 2))):
            found.append(_placed(rng, kind, days, machines, free))
    return sorted(found, key=lambda one: one.start)


def _placed(
    rng: np.random.Generator,
    kind: Kind,
    days: Days,
    machines: Machines,
    free: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> Incident:
    for _ in range(10_000):
        lasts = int(rng.integers(kind.lasts[0], kind.lasts[1] + 1))
        start = int(rng.integers(days.from_labelled, days.from_holiday - lasts))
        one = int(rng.integers(len(machines)))
        who = np.flatnonzero(machines.site == machines.site[one]) if kind.whole else np.array([one])
        if free[start : start + lasts][:, who].all():
            free[max(0, start - MARGIN) : start + lasts + MARGIN, who] = False
            size, zone = float(rng.uniform(*kind.size)), float(rng.random())
            return Incident(kind, tuple(who.tolist()), start, start + lasts, size, zone)
    raise ValueError(f"no room for another {kind.name}: fewer incidents, or more days")
