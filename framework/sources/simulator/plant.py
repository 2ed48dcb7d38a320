"""The plant: entities that take in items, items that pass through steps, stretch by stretch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from framework.definitions.model import Definitions
from framework.plan.zone_index import ZoneIndex
from framework.sources.simulator.incidents import Incident, chancy_of, incidents_of
from framework.sources.simulator.load import Load
from framework.sources.simulator.records import Records
from framework.sources.simulator.values import Numbers, draw

SECOND = 1_000_000
_SCHEMA = {"arrival": pl.Int64, "key": pl.String, "line": pl.String}


class SimulationError(Exception):
    """The simulation can't be run; the message says why."""


class Plant:
    """Makes records from `begin` (microseconds) on. Everything random comes from `seed`.

    `only` keeps the entities that have these values; `stretch` is how many seconds are made at once.
    `pace` makes so many records a second, where nothing is wrong, instead of what the day's curve says.
    """

    def __init__(
        self,
        definitions: Definitions,
        begin: int,
        seed: int = 0,
        *,
        only: Mapping[str, Sequence[str]] | None = None,
        stretch: int = 60,
        bad: float = 0.0,
        pace: float | None = None,
    ) -> None:
        if not definitions.simulations:
            raise SimulationError("no file describes the plant: add one that begins with: simulation: <name>")
        self._spec: Mapping[str, Any] = definitions.simulations[0].spec
        self._events = definitions.pipeline.events
        self._begin, self._seed, self._stretch, self._bad = begin, seed, stretch * SECOND, bad
        self._keys: list[str] = list(self._spec["entity"])
        self.entities = _entities(definitions, self._keys, only or {}, begin)
        self.incidents = incidents_of(self._spec, self.entities, begin)
        self._chancy = chancy_of(self._spec, self.entities, begin, seed)
        concerned = {one.name for one in self.incidents} | {one.name for one in self._chancy}
        self.nowhere = [
            one["incident"] for one in self._spec.get("incidents") or () if one["incident"] not in concerned
        ]
        rate = self._spec.get("rate_dimension")
        usual = float(self._spec["rate"])
        self._rates = np.array([float(one.get(rate) or usual) if rate else usual for one in self.entities])
        self._pace = pace
        self._load = Load(self._spec, self.entities, begin, seed)
        self._numbers = Numbers(_tag(begin, seed, only))

    def stretches(self) -> Iterator[Records]:
        """Records stretch after stretch, without end; those of a stretch arrive within it."""
        waiting = pl.DataFrame(schema=_SCHEMA)
        place = 0
        while True:
            start = self._begin + place * self._stretch
            rng = np.random.default_rng([self._seed, place])
            made = pl.concat([waiting, self._made(rng, start)]).sort("arrival", maintain_order=True)
            due = made["arrival"] < start + self._stretch
            yield Records(made.filter(due))
            waiting = made.filter(~due)
            place += 1

    def _made(self, rng: np.random.Generator, start: int) -> pl.DataFrame:
        for one in self._chancy:
            self.incidents += one.until(start + self._stretch)
        live = [(one, one.strength(start + self._stretch // 2)) for one in self.incidents]
        live = [(one, strength) for one, strength in live if strength > 0]
        counts = rng.poisson(self._expected(start, live))
        who = np.repeat(np.arange(len(self.entities)), counts)
        count = len(who)
        if not count:
            return pl.DataFrame(schema=_SCHEMA)
        items = {
            name: draw(rng, spec, name, count, self._numbers)
            for name, spec in (self._spec.get("item") or {}).items()
        }
        for field in self._keys:
            items[field] = pl.Series(field, [one[field] for one in self.entities]).gather(who).alias(field)
        time = start + (rng.random(count) * self._stretch).astype(np.int64)
        alive: np.ndarray[Any, Any] = np.ones(count, dtype=bool)
        parts = []
        for step in self._spec["steps"]:
            happens = alive & (rng.random(count) < self._chances(step, who, live))
            low, high = step.get("after") or (0, 0)
            time = time + np.where(happens, rng.uniform(low, high, count) * SECOND, 0).astype(np.int64)
            parts.append(self._step(rng, step, pl.DataFrame(items), time, happens))
            if step.get("instead"):
                alive = alive & ~happens
        return self._sent(rng, pl.concat(parts))

    def _expected(self, start: int, live: list[tuple[Incident, float]]) -> np.ndarray[Any, Any]:
        rates = self._rates * self._load.at(start) * (self._stretch / (3600 * SECOND))
        if self._pace is not None:
            items = self._pace / _records_an_item(self._spec) * (self._stretch / SECOND)
            rates = self._rates * (items / max(self._rates.sum(), 1e-9))
        for incident, strength in live:
            rates = np.where(incident.who, rates * (1 + (incident.rate - 1) * strength), rates)
        return rates

    def _chances(
        self, step: Mapping[str, Any], who: np.ndarray[Any, Any], live: list[tuple[Incident, float]]
    ) -> np.ndarray[Any, Any]:
        usual = float(step.get("chance", 1))
        chances: np.ndarray[Any, Any] = np.full(len(self.entities), usual)
        for incident, strength in live:
            wanted = incident.chances.get(step.get("name", ""))
            if wanted is not None:
                chances = np.where(incident.who, usual + (wanted - usual) * strength, chances)
        chosen: np.ndarray[Any, Any] = chances[who]
        return chosen

    def _step(
        self,
        rng: np.random.Generator,
        step: Mapping[str, Any],
        items: pl.DataFrame,
        time: np.ndarray[Any, Any],
        happens: np.ndarray[Any, Any],
    ) -> pl.DataFrame:
        chosen = items.filter(pl.Series(happens))
        count = chosen.height
        fields = {**(self._spec.get("each") or {}), **step["set"]}
        columns = [draw(rng, spec, name, count, self._numbers) for name, spec in fields.items()]
        events = chosen.with_columns(columns)
        moment = pl.Series("@time", time[happens])
        text = _written(moment, self._events.time_format).alias(self._events.time)
        order = [self._events.time, *(one.name for one in self._events.fields if one.name in events.columns)]
        whole = events.with_columns(text, moment)
        partition = self._spec.get("partition_key") or self._keys[0]
        return whole.select(
            pl.col("@time"),
            pl.col(partition).cast(pl.String).alias("key"),
            pl.struct(list(dict.fromkeys(order))).struct.json_encode().alias("line"),
        )

    def _sent(self, rng: np.random.Generator, events: pl.DataFrame) -> pl.DataFrame:
        usual, most = self._spec.get("disorder") or (0, 0)
        delay = np.minimum(rng.exponential(usual or 1e-9, events.height), most) * SECOND
        sent = events.select(
            (pl.col("@time") + pl.Series(delay.astype(np.int64))).alias("arrival"), "key", "line"
        )
        share = float(self._spec.get("duplicates") or 0)
        again = sent.filter(pl.Series(rng.random(sent.height) < share))
        later = pl.Series((rng.uniform(1, 5, again.height) * SECOND).astype(np.int64))
        sent = pl.concat([sent, again.with_columns(pl.col("arrival") + later)])
        if self._bad:
            spoilt = pl.Series(rng.random(sent.height) < self._bad)
            cut = pl.col("line").str.head(pl.Series(rng.integers(1, 60, sent.height)))
            sent = sent.with_columns(pl.when(spoilt).then(cut).otherwise("line").alias("line"))
        return sent


def _entities(
    definitions: Definitions, keys: list[str], only: Mapping[str, Sequence[str]], begin: int
) -> list[dict[str, Any]]:
    types = {field.name: field.type for field in definitions.pipeline.events.fields}
    zones = ZoneIndex(definitions.zones, definitions.dimensions, types)
    epoch = zones.epoch(begin)
    found = [
        {**zones.attributes(tuple(keys), key, epoch), **dict(zip(keys, key, strict=True))}
        for key in zones.keys(tuple(keys), epoch)
    ]
    kept = [one for one in found if all(str(one.get(name)) in values for name, values in only.items())]
    if not kept:
        raise SimulationError(
            f"the zone maps list no {' and '.join(keys)} that fits: write them out, as in A-01..A-10"
            if not found
            else f"nothing fits --only among {len(found):,} entities"
        )
    return kept


def _records_an_item(spec: Mapping[str, Any]) -> float:
    """How many records an item makes on the average."""
    still, events = 1.0, 0.0
    for step in spec["steps"]:
        happens = still * float(step.get("chance", 1))
        events += happens
        still -= happens if step.get("instead") else 0.0
    return max(events, 1e-9) * (1 + float(spec.get("duplicates") or 0))


def _tag(*arguments: object) -> str:
    """What tells one simulation's numbers from another's: a simulation that is started again, or runs beside
    another into the same stream, must not repeat identities, or its events would count as sent twice."""
    return hashlib.blake2s(repr(arguments).encode(), digest_size=3).hexdigest()


def _written(time: pl.Series, time_format: str) -> pl.Series:
    if time_format == "iso":
        return time.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
    per = {"s": 1_000_000, "ms": 1_000, "us": 1}.get(time_format, 1)
    return time * 1_000 if time_format == "ns" else time // per
