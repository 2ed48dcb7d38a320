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


class Chancy:
    """Incidents that come by chance: on the average one in `every`, each at one entity, or at all that have
    the same value of `over`, and for half to one and a half times as long as `lasts`."""

    def __init__(
        self,
        spec: Mapping[str, Any],
        entities: Sequence[Mapping[str, Any]],
        who: np.ndarray[Any, np.dtype[np.bool_]],
        begin: int,
        seed: list[int],
    ) -> None:
        self.name: str = spec["incident"]
        self._spec, self._entities, self._begin, self._seed = spec, entities, begin, seed
        self._who = np.flatnonzero(who)
        self._every, self._lasts = microseconds(spec["every"]), microseconds(spec["lasts"])
        self._done = 0

    def until(self, time: int) -> list[Incident]:
        """Those that no call before has given, of all stretches of `every` that begin before a time."""
        found: list[Incident] = []
        while self._begin + self._done * self._every < time:
            rng = np.random.default_rng([*self._seed, self._done])
            first = self._begin + self._done * self._every
            for start in np.sort(rng.random(rng.poisson(1))):
                found.append(self._one(rng, first + int(start * self._every)))
            self._done += 1
        return found

    def _one(self, rng: np.random.Generator, start: int) -> Incident:
        chosen = self._entities[int(rng.choice(self._who))]
        names = [self._spec["over"]] if "over" in self._spec else list(self._spec["@entity"])
        at = {name: chosen.get(name) for name in names}
        lasts = int(self._lasts * rng.uniform(0.5, 1.5))
        return _incident(self._spec, at, self._entities, start, lasts)


def incidents_of(
    spec: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], begin: int
) -> list[Incident]:
    """The incidents of a simulation that begins at `begin`, those that have a time and concern any entity."""
    found = []
    for one in spec.get("incidents") or ():
        if "start" in one:
            start = begin + microseconds(one["start"])
            incident = _incident(one, one["at"], entities, start, microseconds(one["lasts"]))
            found += [incident] if incident.who.any() else []
    return found


def chancy_of(
    spec: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], begin: int, seed: int
) -> list[Chancy]:
    """The incidents that come by chance, those that can concern any entity."""
    found = []
    for place, one in enumerate(spec.get("incidents") or ()):
        who = _fits(one.get("at") or {}, entities)
        if "every" in one and who.any():
            found.append(Chancy({**one, "@entity": spec["entity"]}, entities, who, begin, [seed, 1, place]))
    return found


def _incident(
    spec: Mapping[str, Any],
    at: Mapping[str, Any],
    entities: Sequence[Mapping[str, Any]],
    start: int,
    lasts: int,
) -> Incident:
    who = _fits({**at, **(spec.get("at") or {})}, entities)
    rate, fades = spec.get("rate", 1.0), spec.get("fades", False)
    chances = spec.get("chances") or {}
    return Incident(spec["incident"], at, who, start, start + lasts, rate, fades, chances)


def _fits(
    at: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array([all(str(e.get(k)) == str(v) for k, v in at.items()) for e in entities], dtype=bool)


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
