"""Step 3: events to accumulators, and the combine that Beam shuffles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from framework.pipeline.accumulate import Tables, accumulate, merge
from framework.pipeline.carried import Carried, CarriedCoder
from framework.pipeline.partition import split
from framework.pipeline.tick import Tick
from framework.plan import Group
from framework.state.faults import point

Parts = dict[str, list[Tables]]
_PENDING = 6


class Aggregate(beam.DoFn):
    """Events to `(partition, {group: tables})`: only accumulators are shuffled, never events."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def process(self, element: Carried) -> Iterator[Any]:
        count = self._tick.partitions
        parted: dict[int, dict[str, Tables]] = {}
        for group in self._tick.compiled.plan.groups:
            for partition, tables in _split(group, accumulate(group, element.value), count):
                parted.setdefault(partition, {})[group.id] = tables
        for partition, tables_by_group in parted.items():
            yield partition, Carried(tables_by_group)
        point("after_aggregate", self._tick.number)


class MergeTables(beam.CombineFn):
    """Combines the accumulators of a partition, group by group."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def get_accumulator_coder(self) -> CarriedCoder:
        return CarriedCoder()

    def create_accumulator(self) -> Carried:
        return Carried({})

    def add_input(self, accumulator: Carried, element: Carried) -> Carried:
        parts: Parts = accumulator.value
        for name, tables in element.value.items():
            parts.setdefault(name, []).append(tables)
        return self.compact(accumulator) if _many(parts) else accumulator

    def merge_accumulators(self, accumulators: Iterable[Carried]) -> Carried:
        whole: Parts = {}
        for accumulator in accumulators:
            for name, parts in accumulator.value.items():
                whole.setdefault(name, []).extend(parts)
        return Carried(whole)

    def compact(self, accumulator: Carried) -> Carried:
        groups = {group.id: group for group in self._tick.compiled.plan.groups}
        return Carried({name: [merge(groups[name], parts)] for name, parts in accumulator.value.items()})

    def extract_output(self, accumulator: Carried) -> Carried:
        return Carried({name: parts[0] for name, parts in self.compact(accumulator).value.items()})


def _many(parts: Parts) -> bool:
    return any(len(tables) > _PENDING for tables in parts.values())


def _split(group: Group, tables: Tables, count: int) -> Iterator[tuple[int, Tables]]:
    parted: dict[int, Tables] = {}
    for name, table in tables.items():
        for partition, rows in split(table, group.fields, count):
            parted.setdefault(partition, {})[name] = rows
    for partition, found in parted.items():
        yield partition, {name: found.get(name, table.clear()) for name, table in tables.items()}
