"""The new tables of a partition in one object, with those that would keep an old object alone."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from framework.pipeline.tick import Tick
from framework.state import Segment
from framework.state.tables import load, save_all, sparse


def saved_together(
    tick: Tick, prefix: str, file: str, kept: Mapping[str, pl.DataFrame]
) -> dict[str, Segment]:
    """The segment of each table written. `prefix` begins the names of all tables whose objects are shared."""
    if not kept:
        return {}
    stay = {
        name: segments
        for name, segments in tick.before.tables.items()
        if name.startswith(prefix) and name not in kept
    }
    moved = {name: pl.concat(load(tick.store, stay[name])) for name in sparse(stay)}
    return save_all(tick.store, file, {**kept, **moved})
