"""Step 3: events to accumulators, and the combine that Beam shuffles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import polars as pl

from framework.pipeline.accumulate import Tables, accumulate, merge
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

    def process(self, frame: pl.DataFrame) -> Iterator[Any]:
        count = self._tick.partitions
        parted: dict[int, dict[str, Tables]] = {}
        for group in self._tick.compiled.plan.groups:
            for partition, tables in _split(group, accumulate(group, frame), count):
                parted.setdefault(partition, {})[group.id] = tables
        yield from parted.items()
        point("after_aggregate", self._tick.number)


class MergeTables(beam.CombineFn):
    """Combines the accumulators of a partition, group by group."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick

    def create_accumulator(self) -> Parts:
        return {}

    def add_input(self, accumulator: Parts, element: dict[str, Tables]) -> Parts:
        for name, tables in element.items():
            accumulator.setdefault(name, []).append(tables)
        if any(len(parts) > _PENDING for parts in accumulator.values()):
            return self.compact(accumulator)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[Parts]) -> Parts:
        whole: Parts = {}
        for accumulator in accumulators:
            for name, parts in accumulator.items():
                whole.setdefault(name, []).extend(parts)
        return whole

    def compact(self, accumulator: Parts) -> Parts:
        groups = {group.id: group for group in self._tick.compiled.plan.groups}
        return {name: [merge(groups[name], parts)] for name, parts in accumulator.items()}

    def extract_output(self, accumulator: Parts) -> dict[str, Tables]:
        return {name: parts[0] for name, parts in self.compact(accumulator).items()}


def _split(group: Group, tables: Tables, count: int) -> Iterator[tuple[int, Tables]]:
    parted: dict[int, Tables] = {}
    for name, table in tables.items():
        for partition, rows in split(table, group.fields, count):
            parted.setdefault(partition, {})[name] = rows
    for partition, found in parted.items():
        yield partition, {name: found.get(name, table.clear()) for name, table in tables.items()}
