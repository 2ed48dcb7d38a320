"""What goes wrong in a simulation, and when: also what is written down as the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from framework.definitions.durations import microseconds


@dataclass(frozen=True)
class Incident:
    """One incident over some entities (`who`: a mask over all), from `start` to `end` (microseconds)."""

    name: str
    at: Mapping[str, Any]
    who: np.ndarray[Any, np.dtype[np.bool_]]
    start: int
    end: int
    rate: float
    fades: bool
    chances: Mapping[str, float]

    def strength(self, time: int) -> float:
        """How far it has come at a time, from 0 to 1."""
        if not self.start <= time < self.end:
            return 0.0
        return (time - self.start) / (self.end - self.start) if self.fades else 1.0

    def truth(self, until: int) -> dict[str, Any]:
        """The incident as it is written beside the events, which end at `until` (microseconds)."""
        return {
            "incident": self.name,
            "at": dict(self.at),
            "start": _iso(self.start),
            "end": _iso(min(self.end, until)),
            "rate": self.rate,
            "fades": self.fades,
            "chances": dict(self.chances),
        }


def incidents_of(
    spec: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], begin: int
) -> list[Incident]:
    """The incidents of a simulation that begins at `begin`, those that concern any entity."""
    found = []
    for one in spec.get("incidents") or ():
        at = one["at"]
        who = np.array([all(str(e.get(k)) == str(v) for k, v in at.items()) for e in entities], dtype=bool)
        start = begin + microseconds(one["start"])
        if who.any():
            end = start + microseconds(one["lasts"])
            rate, fades = one.get("rate", 1.0), one.get("fades", False)
            found.append(
                Incident(one["incident"], at, who, start, end, rate, fades, one.get("chances") or {})
            )
    return found


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
