"""How much comes in: the curves of day and week, holidays, and what no curve knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from framework.definitions.durations import microseconds

Floats = np.ndarray[Any, np.dtype[np.float64]]
NODE = 600_000_000  # microseconds between the points of a slow curve


class Load:
    """The share of its rate that each entity has at a time, as a `simulation` says.

    Times in microseconds. Everything random comes from `seed`.
    """

    def __init__(
        self, spec: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], begin: int, seed: int
    ) -> None:
        self._spec, self._count = spec, len(entities)
        self._zone = ZoneInfo(spec.get("timezone", "UTC"))
        self._holidays = frozenset(spec.get("holidays") or ())
        self._slow = [
            _Slow(one, entities, begin, [seed, place]) for place, one in enumerate(spec.get("varies") or ())
        ]

    def at(self, time: int) -> Floats:
        """One share for each entity."""
        found = np.full(self._count, self._curve(time))
        for one in self._slow:
            found *= one.at(time)
        return found

    def _curve(self, time: int) -> float:
        local = datetime.fromtimestamp(time / 1e6, self._zone)
        day, week = self._spec.get("day"), self._spec.get("week")
        share = float(week[local.weekday()]) if week else 1.0
        if local.date().isoformat() in self._holidays:
            share = float(self._spec.get("holiday", 0))
        return share * (float(day[local.hour]) if day else 1.0)


class _Slow:
    """A lognormal factor: a first-order autoregression on points ten minutes apart, straight lines between.

    The logarithm has the standard deviation `by`; its autocorrelation falls to 1/e within `over`.
    """

    def __init__(
        self, spec: Mapping[str, Any], entities: Sequence[Mapping[str, Any]], begin: int, seed: list[int]
    ) -> None:
        shared = spec.get("shared")
        values = [str(one.get(shared)) if shared else str(place) for place, one in enumerate(entities)]
        names = {value: place for place, value in enumerate(dict.fromkeys(values))}
        self._group = np.array([names[value] for value in values])
        self._groups, self._begin, self._seed = len(names), begin, seed
        self._by = float(spec["by"])
        self._keep = float(np.exp(-NODE / microseconds(spec["over"])))
        self._place = 0
        self._before = self._noise(0)
        self._after = self._next(self._before, 1)

    def at(self, time: int) -> Floats:
        """The factor of each entity; times only go on."""
        place, part = divmod(time - self._begin, NODE)
        while self._place < place:
            self._place += 1
            self._before, self._after = self._after, self._next(self._after, self._place + 1)
        walk = self._before + (self._after - self._before) * (part / NODE)
        factors: Floats = np.exp(self._by * walk)[self._group]
        return factors

    def _next(self, before: Floats, place: int) -> Floats:
        moved: Floats = self._keep * before + np.sqrt(1 - self._keep**2) * self._noise(place)
        return moved

    def _noise(self, place: int) -> Floats:
        return np.random.default_rng([*self._seed, place]).normal(0, 1, self._groups)
