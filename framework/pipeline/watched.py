"""From the partitions of KPIs to those of rules, where keys that must be seen together meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from framework.pipeline.partition import split
from framework.plan import Output, Plan

WATCHED = "watched"
Frames = dict[str, dict[str, pl.DataFrame]]


def name_of(output: Output) -> str:
    """By which rules refer to an output: `reject_rate@machine`."""
    return f"{output.kpi}@{output.level}"


def by_rules(plan: Plan, frames: Mapping[str, pl.DataFrame], count: int) -> Iterator[tuple[int, Frames]]:
    """By partition, then by cluster (its place, as text), then by name, the rows of some outputs."""
    found: dict[int, Frames] = {}
    for place, cluster in enumerate(plan.clusters):
        for name in cluster.watched:
            rows = frames.get(name)
            if rows is not None and rows.height:
                for partition, part in split(rows, cluster.fields, count):
                    found.setdefault(partition, {}).setdefault(str(place), {})[name] = part
    yield from found.items()
