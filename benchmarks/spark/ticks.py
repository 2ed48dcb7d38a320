"""Seconds a tick, warm: Beam's local runner, Spark in one process, Spark with two executors of their own.

    uv run python benchmarks/spark/ticks.py [--ticks 40] [--batch 2000]

The same definitions and events for all three, one after another. The first ticks, in which workers start, are
shown apart. The tick's own parts are told by the driver: what it prepares, and what Spark does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.eight_kpis.generate import generate  # noqa: E402
from framework.cli.planning import plan_of  # noqa: E402
from framework.sinks import open_sink  # noqa: E402
from framework.sources import open_source  # noqa: E402
from framework.state import Checkpoint, FolderStore  # noqa: E402
from runners.driver import Driver, Status  # noqa: E402
from runners.executors import SparkWishes, open_executor  # noqa: E402
from tests.services.spark import Cluster  # noqa: E402

DEFINITIONS = ROOT / "benchmarks/eight_kpis/definitions"
WARM = 5  # ticks


def main() -> None:
    """Run all, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ticks", type=int, default=40)
    parser.add_argument("--batch", type=int, default=2_000, help="records a tick")
    parser.add_argument("--only", choices=("local", "process", "executors"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder, "events.ndjson")
        generate(events, arguments.ticks * arguments.batch)
        print(f"{arguments.ticks} ticks of {arguments.batch:,} records")
        print(f"{'':<28}{'start':>8}{'first':>8}{'median':>8}{'worst':>8}{'ratio':>8}")
        base = None
        for name, label in (
            ("local", "Beam's local runner"),
            ("process", "Spark, one process"),
            ("executors", "Spark, two executors"),
        ):
            if arguments.only in (None, name):
                started, ticks = _ticks(events, Path(folder, name), name, arguments.batch)
                warm = ticks[WARM:]
                median = statistics.median(warm)
                base = base or median
                figures = (started, ticks[0], median, max(warm), median / base)
                print(f"{label:<28}" + "".join(f"{figure:>8.2f}" for figure in figures), flush=True)


def _ticks(events: Path, place: Path, name: str, batch: int) -> tuple[float, list[float]]:
    """Seconds that the runner took to start, and seconds of each tick."""
    place.mkdir()
    plan, definitions = plan_of(str(DEFINITIONS))
    took: list[float] = []

    def on_tick(status: Status) -> None:
        took.append(status.seconds)

    with _wishes(name, place) as wishes:
        began = time.monotonic()
        with closing(open_executor("local" if name == "local" else "spark", wishes)) as executor:
            started = time.monotonic() - began
            checkpoint = Checkpoint(FolderStore(place / "checkpoint"), plan.name, executor.partitions)
            sink = open_sink(f"file:{place / 'out'}", namespace=plan.namespace)
            sink.setup(definitions, fresh=True)
            source = open_source(f"file:{events}")
            driver = Driver(plan, source, sink, checkpoint, executor, until="end", batch_records=batch)
            driver.on_tick = on_tick
            driver.run()
            checkpoint.close()
    return started, took


@contextmanager
def _wishes(name: str, place: Path) -> Iterator[SparkWishes]:
    if name != "executors":
        yield SparkWishes("local[2]")
        return
    cluster = Cluster(place)
    cluster.start()
    try:
        settings = {"spark.executor.memory": "1g", "spark.driver.host": "127.0.0.1", "spark.cores.max": "2"}
        yield SparkWishes(cluster.master, settings)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
