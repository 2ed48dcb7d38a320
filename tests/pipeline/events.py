"""Parcel events made from a seed, and runs of a folder of definitions over records in this process."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from framework.cli.planning import plan_of
from framework.sinks import open_sink
from framework.sources import open_source
from framework.state import Checkpoint, Commit, FolderStore
from runners.driver import Driver
from runners.local import LocalExecutor

SHIPPED = Path(__file__).parents[2] / "kpi_defs"
SITES = ("hub-berlin", "aachen", "cottbus")  # exact texts and lists of them, series, globs with classes
MACHINES = ("PSM-0101", "PSM-0107", "PSM-2801", "PSM-2806", "PSM-3701", "PSM-3709", "XX-1", "XX-2")
BEGIN = datetime(2026, 10, 5, 10, 0, 13, tzinfo=UTC)
TYPES = ("inducted", "sorted", "sorted", "sorted", "rejected", "recirculated", "jam", "heartbeat")
REASONS = ("no_read", "no_data", "oversize", "overweight", "chute_full", "damaged")

Document = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a run left: the texts of its files, and its last commit."""

    kpi: str
    dead: str
    commit: Commit
    alerts: str = ""

    @property
    def documents(self) -> list[Document]:
        """The KPI documents."""
        return [json.loads(line) for line in self.kpi.splitlines()]

    @property
    def episodes(self) -> list[Document]:
        """The alert documents."""
        return [json.loads(line) for line in self.alerts.splitlines()]

    @property
    def dead_letters(self) -> list[Document]:
        """What every dead letter says of its record."""
        return [json.loads(line)["deadletter"] for line in self.dead.splitlines()]

    @property
    def total(self) -> Mapping[str, int]:
        """The totals of the run."""
        return self.commit.totals


def world(folder: Path) -> Path:
    """The shipped definitions with three of their zone maps, so that silent machines are few."""
    if not folder.exists():
        shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("zones", "simulation.yaml"))
        (folder / "zones").mkdir()
        for site in SITES:
            shutil.copy(SHIPPED / f"zones/{site}.yaml", folder / "zones")
    return folder


def parcels(count: int, seed: int, minutes: float = 32) -> list[bytes]:
    """Records of `count` events and more over some minutes of event time.

    They come out of order by less than the disorder, some late but still to be corrected, some too
    late for all; one in twenty is sent twice; every optional field is null or missing at times.
    """
    pick = random.Random(seed)
    sent: list[tuple[float, bytes]] = []
    for number in range(count):
        at = number / count * minutes * 60
        event = _event(pick, number, seed, BEGIN + timedelta(seconds=round(at, 3)))
        record = json.dumps(event).encode()
        chance = pick.random()
        delay = pick.uniform(0, 25) if chance < 0.9 else pick.uniform(30, 700) if chance < 0.98 else 1_700
        sent.append((at + delay, record))
        if pick.random() < 0.05:
            sent.append((at + delay + pick.uniform(0, 200), record))
    sent.sort(key=lambda one: one[0])
    return [record for _, record in sent]


def _event(pick: random.Random, number: int, seed: int, time: datetime) -> Document:
    kind = pick.choice(TYPES)
    event: Document = {
        "event_id": f"{seed}-{number}",
        "ts": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "machine_id": pick.choice(MACHINES),
        "lane": pick.randint(1, 64),
        "event_type": kind,
        "parcel_id": f"P{pick.randint(1, 400)}",
    }
    if kind == "inducted":
        event |= {"read_ok": pick.random() < 0.9, "weight_g": pick.randint(1, 70_000)}
    if kind == "sorted":
        event |= {"first_pass": pick.random() < 0.8, "transit_ms": round(pick.uniform(1, 90_000), 2)}
    if kind == "rejected":
        event["reject_reason"] = pick.choice(REASONS)
    if pick.random() < 0.3:
        event["test_parcel"] = pick.random() < 0.3
    for name in [
        name for name in event if name not in ("event_id", "ts", "machine_id", "lane", "event_type")
    ]:
        chance = pick.random()
        if chance < 0.03:
            del event[name]
        elif chance < 0.06:
            event[name] = None
    return event


class Parted(LocalExecutor):
    """The local executor with the state in more than one partition."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions


@lru_cache
def planned(definitions: Path) -> Any:
    """The plan and the model of a folder of definitions."""
    return plan_of(str(definitions))


def driver(
    definitions: Path,
    source: Path,
    place: Path,
    *,
    batch: int = 500_000,
    partitions: int = 1,
    fresh: bool = True,
) -> Driver:
    """A driver from files to files, whose checkpoint and documents are under `place`."""
    plan, model = planned(definitions)
    sink = open_sink(f"file:{place / 'out'}", namespace=plan.namespace)
    sink.setup(model, fresh=fresh)
    return Driver(
        plan=plan,
        source=open_source(f"file:{source}"),
        sink=sink,
        checkpoint=Checkpoint(FolderStore(place / "checkpoint", durable=False), plan.name, partitions),
        executor=Parted(partitions),
        until="end",
        batch_records=batch,
    )


def written(source: Path, shards: Mapping[str, Sequence[bytes]]) -> Path:
    """A folder with a file for each shard."""
    source.mkdir(parents=True, exist_ok=True)
    for name, records in shards.items():
        (source / f"{name}.ndjson").write_bytes(b"".join(record + b"\n" for record in records))
    return source


def outcome(place: Path, commit: Commit) -> Outcome:
    """What stands in the files of a run."""
    out = place / "out"
    kpi, dead, alerts = ((out / f"{name}.ndjson").read_text() for name in ("kpi", "deadletters", "alerts"))
    return Outcome(kpi, dead, commit, alerts)


def run(
    definitions: Path,
    shards: Mapping[str, Sequence[bytes]] | Sequence[bytes],
    place: Path,
    *,
    batch: int = 500_000,
    partitions: int = 1,
) -> Outcome:
    """A run over records from its first tick to its end; `batch` is the most records of a shard a tick."""
    named = shards if isinstance(shards, Mapping) else {"events": shards}
    source = written(place / "events", named)
    one = driver(definitions, source, place, batch=batch, partitions=partitions)
    try:
        return outcome(place, one.run())
    finally:
        one.checkpoint.close()
