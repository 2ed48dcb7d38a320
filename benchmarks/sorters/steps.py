"""How a simulation's steps spread an item's events over the minutes after it came in."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Chances = Mapping[str, float | NDArray[np.float64]]
_GRID = 20  # parts of a second


@dataclass(frozen=True)
class Step:
    """One step: how likely it is for an item that gets to it, and in which minute it happens.

    `ways` are the choices of earlier steps on which the time depends: which of them happened, and the share
    that then falls into the minute of arrival, the next one, and so on.
    """

    name: str
    chance: float
    ends: bool
    fields: Mapping[str, Any]
    ways: tuple[tuple[Mapping[str, bool], NDArray[np.float64]], ...]
    before: tuple[str, ...]

    def shares(self, chances: Chances) -> list[float | NDArray[np.float64]]:
        """The share of arriving items that have this step, for each minute from their arrival on.

        `chances` are those of steps by name, numbers or arrays of any one shape.
        """
        reached = reduce(lambda left, name: left * (1 - chances[name]), self.before, 1.0) * chances[self.name]
        found: list[Any] = [0.0] * max(len(minutes) for _, minutes in self.ways)
        for flags, minutes in self.ways:
            weight = reduce(
                lambda left, flag: left * (chances[flag[0]] if flag[1] else 1 - chances[flag[0]]),
                flags.items(),
                reached,
            )
            for place, share in enumerate(minutes):
                if share > 0:
                    found[place] = found[place] + weight * share
        return found


def steps_of(spec: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps of a checked simulation."""
    found: list[Step] = []
    for place, one in enumerate(spec["steps"]):
        earlier = spec["steps"][:place]
        optional = [
            (step["name"], step.get("after") or (0, 0))
            for step in earlier
            if not step.get("instead") and step.get("chance", 1) < 1
        ]
        always = [
            step.get("after") or (0, 0)
            for step in earlier
            if not step.get("instead") and step.get("chance", 1) >= 1
        ]
        ways = []
        for taken in itertools.product((False, True), repeat=len(optional)):
            flags = {name: happened for (name, _), happened in zip(optional, taken, strict=True)}
            delays = [delay for (_, delay), happened in zip(optional, taken, strict=True) if happened]
            ways.append((flags, _minutes([*always, *delays, one.get("after") or (0, 0)])))
        found.append(
            Step(
                name=one["name"],
                chance=float(one.get("chance", 1)),
                ends=bool(one.get("instead")),
                fields=one["set"],
                ways=tuple(ways),
                before=tuple(step["name"] for step in earlier if step.get("instead")),
            )
        )
    return tuple(found)


def _minutes(delays: list[tuple[float, float]]) -> NDArray[np.float64]:
    """The share of each minute, of items that arrive at any time in the first and then wait like this."""
    density = np.full(60 * _GRID, 1 / (60 * _GRID))
    for low, high in delays:
        if high <= 0:
            continue
        first, last = round(low * _GRID), max(round(high * _GRID), round(low * _GRID) + 1)
        density = np.convolve(density, np.r_[np.zeros(first), np.full(last - first, 1 / (last - first))])
    padded = np.pad(density, (0, -len(density) % (60 * _GRID)))
    shares: NDArray[np.float64] = padded.reshape(-1, 60 * _GRID).sum(axis=1)
    return shares
