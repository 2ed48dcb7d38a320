"""Runs of the command line in processes of their own, and what they leave."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.eight_kpis.generate import generate

PROGRAM = [sys.executable, "-m", "framework.cli"]
REPOSITORY = Path(__file__).parents[2]
LOCAL = ["--runner", "spark", "--master", "local[2]"]
FILES = ("kpi.ndjson", "deadletters.ndjson", "alerts.ndjson")


def sortline(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=REPOSITORY,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )


def on_cluster(master: str) -> list[str]:
    """A run's arguments for a cluster on this machine."""
    settings = ["spark.executor.memory=1g", "spark.driver.host=127.0.0.1", "spark.cores.max=2"]
    return ["--runner", "spark", "--master", master, *(w for s in settings for w in ("--conf", s))]


def left(folder: Path) -> list[list[str]]:
    """What a run left in its files, sorted: two runners write parts in any order."""
    return [sorted((folder / name).read_text().splitlines()) for name in FILES]


def by_id(documents: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Documents by their id."""
    return {document["_id"]: document for document in documents}


def shards(folder: Path, records: Sequence[bytes], count: int) -> Path:
    """Records dealt out to files, a shard each; copies of an event go the same way, as with a stream."""
    dealt: list[list[bytes]] = [[] for _ in range(count)]
    for record in records:
        identity = re.search(rb'"event_id": "([^"]*)"', record)
        dealt[zlib.crc32(identity[1] if identity else b"") % count].append(record)
    folder.mkdir(parents=True)
    for number, lines in enumerate(dealt):
        (folder / f"{number}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    return folder


def two_shards(folder: Path, count: int) -> Path:
    """The benchmark's events, dealt out to two files."""
    whole = folder.with_name(f"{folder.name}-whole.ndjson")
    generate(whole, count)
    lines = whole.read_bytes().splitlines(keepends=True)
    whole.unlink()
    for number in range(2):
        (folder / f"{number}.ndjson").write_bytes(b"".join(lines[number::2]))
    return folder


def readings(count: int) -> list[bytes]:
    """Readings of road sensors, some of them sent twice, some late, some bad."""
    records = []
    for n in range(count):
        minute = n // 12 * 5 - (40 if n % 31 == 0 else 0)
        stamp = f"2015-09-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00Z"
        event = {
            "event_id": f"r{n - (n % 23 == 0)}",
            "timestamp": stamp,
            "sensor": ("6005", "7578", "t4013", "387", "451")[n % 5],
            "quantity": ("speed", "occupancy", "travel_time")[n % 3],
            "value": (n * 37) % 90,
        }
        records.append(json.dumps(event).encode())
        if n % 97 == 0:
            records.append(b'{"event_id": "cut')
    return records
