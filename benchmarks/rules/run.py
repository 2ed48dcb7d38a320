"""What rules cost: 10,000 machines with five rules each, beside the same definitions without rules.

    uv run python benchmarks/rules/run.py [--machines 10000] [--ticks 12] [--weeks 3]

First the tick, a minute of events at a time, with and without the rules in turn; then how the state grows
when the rules go on for weeks (windows handed to the fold by themselves, of fewer machines).
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from framework.cli.planning import plan_of  # noqa: E402
from framework.episodes import Series  # noqa: E402
from framework.episodes.frames import frames  # noqa: E402
from framework.sinks import open_sink  # noqa: E402
from framework.sources import open_source  # noqa: E402
from framework.state import Checkpoint, FolderStore  # noqa: E402
from runners.driver import Driver, Status  # noqa: E402
from runners.local import LocalExecutor  # noqa: E402

MINUTE = 60_000_000
BEGIN = 1_790_000_000_000_000 // (24 * 60 * MINUTE) * 24 * 60 * MINUTE
EVENTS = 6  # of a machine in a minute
SITE = 10  # machines
PIPELINE = """
pipeline: plant
events:
  time: ts
  time_format: us
  disorder: 1s
  correct_for: 10m
  fields:
    machine: {type: string}
    bad: {type: bool}
levels: {machine: [machine], site: [site]}
"""
KPIS = {
    "done": ("items", "[machine]", "count()"),
    "bad_rate": ('"%"', "[machine]", "100 * count(bad) / count()"),
}
RULES = {
    "drop": ("done", "{seasonal: {}, and: {peers: {of: site, below: 70%}}}", "below"),
    "silent": ("done", "{no_data: {after: 3 windows}}", "below"),
    "low": ("done", "{threshold: {below: 0}}", "below"),
    "spike": ("bad_rate", "{rate: {by: 100%}}", "above"),
    "drift": ("bad_rate", "{drift: {}}", "above"),
}


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--machines", type=int, default=10_000)
    parser.add_argument("--ticks", type=int, default=12)
    parser.add_argument("--weeks", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _ticks(Path(folder), arguments.machines, arguments.ticks)
        _weeks(Path(folder), arguments.weeks)


def _ticks(place: Path, machines: int, ticks: int) -> None:
    events = place / "events.ndjson"
    _generate(events, machines, ticks)
    batch = machines * EVENTS
    print(f"{machines:,} machines, {len(RULES)} rules each; a tick has a minute: {batch:,} events")
    print(f"{'':<16}{'first':>8}{'median':>8}{'worst':>8}{'state':>12}{'of rules':>12}   seconds, bytes")
    medians = []
    for label, rules in (("without rules", False), ("with rules", True)):
        definitions = _definitions(place / label.replace(" ", "-"), machines, rules)
        took, whole, of_rules = _run(definitions, events, place / f"run-{rules}", batch)
        medians.append(statistics.median(took[3:]))
        figures = f"{took[0]:>8.2f}{medians[-1]:>8.2f}{max(took[3:]):>8.2f}"
        print(f"{label:<16}{figures}{whole:>12,}{of_rules:>12,}", flush=True)
    each = of_rules / machines / len(RULES)
    print(f"ratio {medians[1] / medians[0]:.2f}; {each:.0f} bytes a machine and rule\n", flush=True)


def _run(definitions: Path, events: Path, place: Path, batch: int) -> tuple[list[float], int, int]:
    plan, model = plan_of(str(definitions))
    took: list[float] = []
    sizes: list[tuple[int, int]] = []

    def on_tick(status: Status) -> None:
        took.append(status.seconds)
        rules = [s for name, held in status.commit.tables.items() if name.startswith("rules/") for s in held]
        sizes.append((sum(status.commit.sizes.values()), sum(segment.bytes for segment in rules)))

    with closing(LocalExecutor()) as executor:
        sink = open_sink(f"file:{place / 'out'}", namespace=plan.namespace)
        sink.setup(model, fresh=True)
        checkpoint = Checkpoint(FolderStore(place / "checkpoint"), plan.name, executor.partitions)
        source = open_source(f"file:{events}")
        driver = Driver(plan, source, sink, checkpoint, executor, until="end", batch_records=batch)
        driver.on_tick = on_tick
        driver.run()
        checkpoint.close()
    return took[:-1], *sizes[-2]  # the last tick closes all windows


def _weeks(place: Path, weeks: int, machines: int = 100) -> None:
    plan, _ = plan_of(str(_definitions(place / "weeks", machines, True)))
    series = Series(plan.watches)
    rng = np.random.default_rng(1)
    print(f"{machines} machines for weeks: bytes a machine and rule, milliseconds a minute of all")
    for day in range(weeks * 7):
        began = time.perf_counter()
        for _ in series.take(_day(rng, day, machines)):
            pass
        took = (time.perf_counter() - began) / 1440 * 1000
        if day % 7 in (0, 6):
            each = {
                memory.watch.name: sum(map(_bytes, (frames(memory) | _tables(memory)).values())) / machines
                for memory in series.memories.values()
            }
            told = "  ".join(f"{name} {size:,.0f}" for name, size in each.items())
            print(f"day {day + 1:>3}: {told}   {took:.1f} ms", flush=True)


def _tables(memory) -> dict[str, pl.DataFrame]:  # type: ignore[no-untyped-def]
    return {f"{d}.{name}": held for d, t in memory.tables.items() for name, held in t.held.items()}


def _bytes(frame: pl.DataFrame) -> int:
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    return buffer.tell()


def _day(rng: np.random.Generator, day: int, machines: int) -> dict[str, pl.DataFrame]:
    minutes = np.arange(1440)
    load = 100 * (1 + 0.5 * np.sin(minutes / 1440 * 2 * np.pi))
    done = rng.poisson(load[:, None], (1440, machines)).astype(float).ravel()
    bad = rng.binomial(done.astype(int), 0.03).astype(float)
    names = [f"M-{number:05d}" for number in range(machines)]
    frame = pl.DataFrame(
        {
            "@start": np.repeat(BEGIN + (day * 1440 + minutes) * MINUTE, machines),
            "machine": names * 1440,
            "site": [f"S-{number // SITE:04d}" for number in range(machines)] * 1440,
        }
    )
    nothing = pl.lit(None, dtype=pl.Float64)
    count = frame.with_columns(
        pl.Series("value", done),
        nothing.alias("numerator"),
        nothing.alias("denominator"),
        pl.Series("events", done),
    )
    share = frame.with_columns(
        pl.Series("value", 100 * bad / np.maximum(done, 1)),
        pl.Series("numerator", bad),
        pl.Series("denominator", done),
        pl.Series("events", done),
    )
    return {"done@machine": count, "bad_rate@machine": share}


def _generate(path: Path, machines: int, minutes: int) -> None:
    """Events in order, `EVENTS` of each machine in each minute."""
    rng = np.random.default_rng(1)
    with open(path, "w") as stream:
        for minute in range(minutes):
            times = np.sort(rng.integers(0, MINUTE, machines * EVENTS)) + BEGIN + minute * MINUTE
            bad = rng.random(machines * EVENTS) < 0.03
            which = rng.permutation(np.arange(machines * EVENTS) % machines)
            stream.writelines(
                f'{{"ts":{time_},"machine":"M-{number:05d}","bad":{"true" if one else "false"}}}\n'
                for time_, number, one in zip(times, which, bad, strict=True)
            )


def _definitions(folder: Path, machines: int, rules: bool) -> Path:
    folder.mkdir(parents=True)
    (folder / "pipeline.yaml").write_text(PIPELINE)
    entries = [
        f"  - machine: M-{first:05d}..M-{min(first + SITE, machines) - 1:05d}\n"
        f"    set: {{site: S-{first // SITE:04d}}}\n"
        for first in range(0, machines, SITE)
    ]
    (folder / "zones.yaml").write_text(f"zones: all\neffective: 2026-01-01\nassign:\n{''.join(entries)}")
    for name, (unit, by, value) in KPIS.items():
        (folder / f"kpi-{name}.yaml").write_text(
            f"kpi: {name}\nunit: {unit}\nby: {by}\nwindow: {{size: 1m}}\nvalue: {value}\n"
        )
    for name, (kpi, detect, side) in RULES.items() if rules else ():
        fire = f"fire: {{when: {side}, for: 3 windows}}"
        text = f"rule: {name}\nkpi: {kpi}\nlevel: machine\ndetect: {detect}\n{fire}\n"
        (folder / f"rule-{name}.yaml").write_text(text)
    return folder


if __name__ == "__main__":
    main()
