"""`sortline run`: the pipeline itself."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from framework.cli.arguments import positive
from framework.cli.errors import UserError
from framework.cli.planning import plan_of
from framework.cli.progress import Progress
from framework.cli.stopping import on_stop
from framework.cli.watching import Watch
from framework.notify.base import NotifyError
from framework.notify.receivers import open_channels
from framework.notify.sender import Sender
from framework.plan import Plan
from framework.sinks import SinkUnavailable, open_sink
from framework.sources import SourceError, open_source
from framework.state import Checkpoint, CheckpointError, Commit, FolderStore, open_store
from runners.driver import BATCH_RECORDS, Driver, Status, TickFailed
from runners.executors import SparkWishes, open_executor
from runners.metrics import Metrics

_PATIENCE = 60.0  # seconds for notifications, where no later run can send them
_SHOWN = ("records", "events", "duplicates", "documents", "windows.corrected")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("run", help="run the pipeline: events in, documents out")
    parser.add_argument("dir", help="folder of definitions")
    parser.add_argument("--source", help="file:PATH or kinesis:STREAM (default: the pipeline's own)")
    parser.add_argument(
        "--sink", help="store:PATH, file:DIR or elasticsearch:URL (default: the pipeline's own)"
    )
    parser.add_argument("--endpoint-url", help="of Kinesis, where it is not AWS's own")
    parser.add_argument(
        "--start", help="where a stream is read from at first: trim_horizon, latest or an ISO 8601 time"
    )
    parser.add_argument("--checkpoint", help="folder or s3://BUCKET/PREFIX that a later run carries on from")
    parser.add_argument(
        "--checkpoint-endpoint-url", metavar="URL", help="of the checkpoint's S3, where it is not AWS's own"
    )
    parser.add_argument(
        "--batch-records",
        type=positive,
        default=BATCH_RECORDS,
        metavar="N",
        help="most records of a shard that one tick takes (default %(default)s)",
    )
    parser.add_argument(
        "--interval",
        type=float,
        default=1.0,
        metavar="S",
        help="least seconds between ticks (default %(default)s)",
    )
    parser.add_argument("--runner", choices=("local", "spark"), default="local")
    parser.add_argument("--master", help="Spark's master, such as local[2], spark://HOST:7077 or yarn")
    parser.add_argument(
        "--conf",
        action="append",
        type=_setting,
        default=[],
        metavar="NAME=VALUE",
        help="a setting of Spark's; may be given again",
    )
    parser.add_argument(
        "--partitions",
        type=positive,
        metavar="N",
        help="parts of the state, fixed when a checkpoint begins (default: as many as tasks run at once)",
    )
    parser.add_argument(
        "--watch", action="store_true", help="take in new definitions while running, at the next tick"
    )
    parser.add_argument(
        "--no-notify",
        action="store_true",
        help="do not tell those of `notify` what this run finds",
    )
    parser.add_argument("--metrics-port", type=int, metavar="PORT", help="serve metrics for Prometheus")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of the closing summary")
    until = parser.add_mutually_exclusive_group()
    until.add_argument(
        "--until-end",
        action="store_const",
        dest="until",
        const="end",
        help="run a finite source to its end and close all windows",
    )
    until.add_argument(
        "--until-caught-up",
        action="store_const",
        dest="until",
        const="caught_up",
        help="stop when nothing more is waiting",
    )
    until.add_argument("--once", action="store_const", dest="until", const="once", help="run one tick")
    parser.set_defaults(run=run, until="stopped")


def run(arguments: argparse.Namespace) -> int:
    """Run the pipeline until its end, or until Ctrl-C or SIGTERM, then after the tick under way."""
    plan, definitions = plan_of(arguments.dir)
    source_spec = arguments.source or definitions.pipeline.source
    if source_spec is None:
        raise UserError(
            "no source: give --source file:PATH or kinesis:STREAM, or a `source` in the pipeline's file"
        )
    if arguments.runner == "local" and (arguments.master or arguments.conf):
        raise UserError("--master and --conf are Spark's: add --runner spark")
    if arguments.until == "end" and not _finite(source_spec):
        raise UserError(
            "--until-end needs a source that ends: --source file:PATH. For a stream, use --until-caught-up"
        )
    sink_spec = arguments.sink or definitions.pipeline.sink or "store:sortline.db"
    try:
        channels = [] if arguments.no_notify else open_channels(definitions.pipeline)
        wishes = SparkWishes(arguments.master, dict(arguments.conf), arguments.partitions)
        with (
            contextlib.closing(open_executor(arguments.runner, wishes)) as executor,
            _checkpoint(arguments, plan, source_spec, executor.partitions) as (checkpoint, fresh),
            contextlib.closing(Sender(checkpoint.store, channels)) as sender,
        ):
            if not arguments.checkpoint and _finite(source_spec):
                sender.patience = _PATIENCE
            source = open_source(source_spec, endpoint_url=arguments.endpoint_url, start=arguments.start)
            sink = open_sink(sink_spec, namespace=plan.namespace)
            sink.setup(definitions, fresh=fresh)
            driver = Driver(
                plan=plan,
                source=source,
                sink=sink,
                checkpoint=checkpoint,
                executor=executor,
                until=arguments.until,
                batch_records=arguments.batch_records,
                interval=arguments.interval,
                notifier=sender,
            )
            if arguments.watch:
                driver.renewed = Watch(
                    arguments.dir, plan, definitions, lambda new: sink.setup(new, fresh=False)
                )
            return _drive(arguments, driver, sender)
    except (SourceError, SinkUnavailable, CheckpointError, NotifyError, TickFailed) as error:
        raise UserError(str(error), code=1) from None


def _drive(arguments: argparse.Namespace, driver: Driver, sender: Sender) -> int:
    progress = Progress(sys.stderr)
    port = arguments.metrics_port
    metrics = Metrics(driver.plan.name, port, sender.figures) if port is not None else None

    def on_tick(status: Status) -> None:
        progress.show(status)
        if metrics:
            metrics.observe(status)

    driver.on_tick = on_tick

    def stop() -> None:
        driver.stop()
        sender.hasten()

    on_stop(stop)
    commit = driver.run()
    progress.close()
    _summary(commit, arguments.format)
    return 0


def _summary(commit: Commit, style: str) -> None:
    totals = dict(sorted(commit.totals.items()))
    if style == "json":
        print(json.dumps({"ticks": commit.number, **totals}))
        return
    dead = sum(commit.dead.values())
    shown = {name: f"{totals.get(name, 0):,}" for name in _SHOWN}
    lines = [
        f"{shown['records']} records in {commit.number} ticks",
        f"  {shown['events']} events, {shown['duplicates']} duplicates, {dead:,} dead letters",
        f"  {shown['documents']} documents written, {shown['windows.corrected']} of them corrections",
    ]
    if totals.get("episodes.written"):
        told = ("fired", "escalated", "reopened", "resolved", "withdrawn")
        counts = (f"{totals[f'episodes.{what}']:,} {what}" for what in told if f"episodes.{what}" in totals)
        lines.append(f"  episodes: {', '.join(counts)}; {totals['episodes.open']:,} open")
    lines += [f"  dead letters {reason}: {count:,}" for reason, count in sorted(commit.dead.items())]
    print("\n".join(lines))


@contextlib.contextmanager
def _checkpoint(
    arguments: argparse.Namespace, plan: Plan, source_spec: Any, partitions: int
) -> Iterator[tuple[Checkpoint, bool]]:
    with contextlib.ExitStack() as stack:
        if arguments.checkpoint:
            store = open_store(arguments.checkpoint, endpoint_url=arguments.checkpoint_endpoint_url)
        elif _finite(source_spec):
            # A finite source without a checkpoint is counted anew each time, so nothing needs to last.
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sortline-"))
            store = FolderStore(folder, durable=False)
        else:
            store = FolderStore(Path(".sortline", "checkpoints", plan.name))
        checkpoint = Checkpoint(store, plan.name, partitions)
        stack.callback(checkpoint.close)
        yield checkpoint, checkpoint.last_commit() is None and checkpoint.pending(0) is None


def _finite(spec: Any) -> bool:
    return spec.startswith("file:") if isinstance(spec, str) else hasattr(spec, "path")


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.startswith("spark."):
        raise argparse.ArgumentTypeError("write spark.NAME=VALUE")
    return name, value
