"""A worker's threads share one zone index."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from framework.cli.planning import plan_of
from framework.pipeline.tick import Compiled

SHIPPED = Path(__file__).parents[2] / "kpi_defs"


def test_threads_that_meet_the_same_keys_get_each_row_once():
    plan = plan_of(str(SHIPPED))[0]
    keys = list(itertools.product([f"PSM-{n:04d}" for n in range(1, 120)], range(1, 65)))
    frame = pl.DataFrame(keys, schema=["machine_id", "lane"], orient="row").with_columns(
        pl.lit(1_790_000_000_000_000).alias("@time")
    )
    for _ in range(5):
        zones = Compiled(plan).zones
        wanted = set(zones.fields)
        events = frame.with_columns(pl.lit(None, pl.String).alias(n) for n in wanted - set(frame.columns))
        together = threading.Barrier(4)

        def attach(_, zones=zones, events=events, together=together):
            together.wait()
            return zones.attach(events, "@time")

        with ThreadPoolExecutor(4) as pool:
            attached = list(pool.map(attach, range(4)))
        assert [one.height for one in attached] == [events.height] * 4
        assert zones.attach(events, "@time").equals(attached[0])
