"""The eight KPIs in Spark Structured Streaming alone, as one who knows it would write them by hand.

    uv run python benchmarks/spark/peer.py EVENTS_FOLDER DEFINITIONS_FOLDER --variant staged

Each run has a process of its own, and tells the start of its session from the work.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

VARIANTS = {
    "separate": "eight queries, each reads the events",
    "merged": "seven queries: those of one group-by are one",
    "staged": "one query reads, the seven follow on what it wrote",
}
_REPORT = "peer: "
_ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"


@dataclass(frozen=True)
class Settings:
    """What was tuned; README.md tells what was tried, and why the defaults are these."""

    master: str = "local[2]"
    shuffle: int = 2
    state: str = "memory"  # or rocksdb
    output: str = "append"  # or update
    percentile: str = "400"  # the accuracy of percentile_approx, or exact
    distinct: int = 16  # log2 of the buckets of the sketch
    fallback: int = 100_000
    memory: str = "4g"
    java: str = "-XX:+UseParallelGC"
    passes: int = 1


@dataclass(frozen=True)
class Measured:
    """Seconds: `start` until the session is there, `work` from the first query's start to the last one's end.

    `rows` that came out; `passes`: the work of each pass, when more were asked for, in one session.
    """

    start: float
    work: float
    rows: int
    passes: list[float] = field(default_factory=list)


def run(
    events: Path,
    definitions: Path,
    *,
    variant: str = "staged",
    out: Path | None = None,
    dedupe: bool = False,
    settings: Settings | None = None,
) -> Measured:
    """Run the peer in a process of its own. `out` keeps its rows: a folder of JSON lines for each query."""
    command = [sys.executable, str(Path(__file__).resolve()), str(events), str(definitions)]
    command += ["--variant", variant]
    command += ["--out", str(out)] if out else []
    command += ["--dedupe"] if dedupe else []
    for name, value in asdict(settings or Settings()).items():
        command += ["--set", f"{name}={value}"]
    done = subprocess.run(command, capture_output=True, text=True)
    line = next((line for line in done.stdout.splitlines() if line.startswith(_REPORT)), None)
    if done.returncode or line is None:
        raise SystemExit(f"the peer failed\n{done.stderr[-4000:]}")
    return Measured(**json.loads(line.removeprefix(_REPORT)))


def main() -> None:
    """Run once, here; the last line is the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("events", type=Path, help="folder of files of JSON lines")
    parser.add_argument("definitions", type=Path, help="folder with zones.yaml")
    parser.add_argument("--variant", choices=VARIANTS, default="staged")
    parser.add_argument("--out", type=Path, help="folder for the rows")
    parser.add_argument("--dedupe", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="one of `Settings`")
    arguments = parser.parse_args()
    given = dict(text.split("=", 1) for text in arguments.set)
    settings = Settings(**{name: type(getattr(Settings, name))(value) for name, value in given.items()})
    with tempfile.TemporaryDirectory(prefix="spark-peer-") as scratch:
        measured = _measure(arguments, settings, Path(scratch))
    print(_REPORT + json.dumps(asdict(measured)))


def _measure(arguments: argparse.Namespace, settings: Settings, scratch: Path) -> Measured:
    began = time.monotonic()
    spark = _session(settings, scratch)
    start = time.monotonic() - began
    passes, rows = [], 0
    for number in range(settings.passes):
        folder = scratch / str(number)
        events = _closed(arguments.events, folder / "events", settings.output == "append")
        out = arguments.out or folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        began = time.monotonic()
        _work(spark, arguments, settings, events, out, folder)
        passes.append(time.monotonic() - began)
        rows = sum(file.read_bytes().count(b"\n") for file in out.rglob("part-*.json"))
    spark.stop()
    return Measured(start, passes[0], rows, passes)


def _session(settings: Settings, scratch: Path) -> Any:
    from pyspark.sql import SparkSession

    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": settings.memory,
        "spark.driver.extraJavaOptions": settings.java,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.scheduler.mode": "FAIR",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": settings.shuffle,
        # Sketches of more than 128 keys a task would be sorted instead of hashed: twice as slow here.
        "spark.sql.objectHashAggregate.sortBased.fallbackThreshold": settings.fallback,
    }
    if settings.state == "rocksdb":
        options["spark.sql.streaming.stateStore.providerClass"] = _ROCKSDB
    if settings.output == "update":
        options["spark.sql.streaming.noDataMicroBatches.enabled"] = "false"
    builder = SparkSession.builder.master(settings.master).appName("eight KPIs")
    for name, value in options.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _closed(events: Path, folder: Path, end: bool) -> Path:
    """The same files and, for `end`, an event a day later: it closes every window but its own."""
    folder.mkdir(parents=True)
    for file in sorted(events.glob("*.ndjson")):
        try:
            os.link(file, folder / file.name)
        except OSError:
            shutil.copyfile(file, folder / file.name)
    if end:
        # No field is null: filters are pushed below the watermark, and must not keep this event from it.
        last = {"event_id": "end", "ts": "2026-10-03T12:00:00.000Z", "machine_id": "end", "lane": 0}
        last |= {"event_type": "end", "parcel_id": "end", "read_ok": True, "reject_reason": "end"}
        last |= {"transit_ms": 0.0, "weight_g": 0}
        (folder / "zz-end.ndjson").write_text(json.dumps(last) + "\n")
    return folder


def _work(
    spark: Any, arguments: argparse.Namespace, settings: Settings, events: Path, out: Path, folder: Path
) -> None:
    from benchmarks.spark import queries

    accuracy = {"percentile": settings.percentile, "distinct": settings.distinct}
    given = {"dedupe": arguments.dedupe}

    def read() -> Any:
        return queries.read(spark, events, arguments.definitions, **given)

    def start(frames: dict[str, Any], begin: Callable[[Any, str], Any]) -> None:
        running = []
        for name, frame in frames.items():
            spark.sparkContext.setLocalProperty("spark.scheduler.pool", name)
            writer = frame.writeStream.queryName(name).trigger(availableNow=True)
            writer = writer.option("checkpointLocation", str(folder / "checkpoints" / name))
            running.append(begin(writer, name))
        for query in running:
            query.awaitTermination()

    def to_json(writer: Any, name: str) -> Any:
        if settings.output == "append":
            return writer.outputMode("append").format("json").start(str(out / name))
        return writer.outputMode("update").foreachBatch(_upsert(out / name)).start()

    if arguments.variant == "separate":
        start(queries.separate(read, accuracy), to_json)
    elif arguments.variant == "merged":
        start(queries.merged(read, accuracy), to_json)
    else:
        stage = folder / "stage"
        whole = queries.stage(queries.read(spark, events, arguments.definitions, watermark=False, **given))
        start({"stage": whole}, lambda writer, _: writer.format("parquet").start(str(stage)))
        start(queries.merged(lambda: queries.staged(spark, stage), accuracy), to_json)


def _upsert(folder: Path) -> Callable[[Any, int], None]:
    def write(batch: Any, number: int) -> None:
        batch.write.mode("overwrite").json(str(folder / f"batch={number}"))

    return write


if __name__ == "__main__":
    main()
