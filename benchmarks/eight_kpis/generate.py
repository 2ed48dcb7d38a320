"""Writes the benchmark's events: seeded, so the same number gives the same file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

MACHINES = 400
SPAN = 15 * 60 * 1_000  # milliseconds of event time
START = 1_790_928_000_000  # 2026-10-02T08:00:00Z, in milliseconds
_BLOCK = 250_000
_KINDS = ["inducted", "sorted", "rejected"]
_REASONS = ["no_read", "no_data", "oversize", "overweight", "chute_full", "damaged"]


def generate(path: Path, events: int, seed: int = 1) -> None:
    """Write `events` lines of JSON, of about 220 bytes each, in order of arrival: up to 5 s out of order."""
    rng = np.random.default_rng(seed)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        for first in range(0, events, _BLOCK):
            file.write(_block(rng, first, min(_BLOCK, events - first), events))
    partial.rename(path)


def _block(rng: np.random.Generator, first: int, count: int, events: int) -> bytes:
    number = np.arange(first, first + count)
    # Machines are not equally busy: the busiest sends three times what the quietest does.
    busy = np.linspace(1, 3, MACHINES)
    frame = pl.DataFrame(
        {
            "number": number,
            "ts": START + number * SPAN // events - rng.integers(0, 5_000, count),
            "machine": rng.choice(MACHINES, count, p=busy / busy.sum()),
            "lane": rng.integers(1, 65, count),
            "kind": rng.choice(3, count, p=[0.48, 0.49, 0.03]),
            "parcel": number // 2 + rng.integers(0, 3, count),
            "read": rng.random(count) < 0.98,
            "reason": rng.integers(0, len(_REASONS), count),
            "transit": np.round(rng.lognormal(10.2, 0.3, count), 1),
            "weight": rng.integers(50, 31_500, count),
        }
    )
    kind, sorted_, rejected = pl.col("kind"), pl.col("kind") == 1, pl.col("kind") == 2
    return (
        frame.select(
            event_id=pl.format("e-{}", pl.col("number").cast(pl.String).str.zfill(12)),
            ts=pl.from_epoch("ts", "ms").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
            machine_id=pl.format("PSM-{}", pl.col("machine").cast(pl.String).str.zfill(4)),
            lane="lane",
            event_type=pl.lit(pl.Series(_KINDS)).gather(kind),
            parcel_id=pl.format("{}", pl.col("parcel").cast(pl.String).str.zfill(20)),
            read_ok=pl.when(kind == 0).then("read"),
            reject_reason=pl.when(rejected).then(pl.lit(pl.Series(_REASONS)).gather("reason")),
            transit_ms=pl.when(sorted_).then("transit"),
            weight_g="weight",
        )
        .write_ndjson()
        .encode()
    )
