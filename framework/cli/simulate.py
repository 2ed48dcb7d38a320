"""`sortline simulate`: a believable plant, into a file or a stream."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from framework.cli.errors import UserError
from framework.cli.planning import sound
from framework.cli.stopping import Stop
from framework.definitions.durations import microseconds, moment
from framework.sources import SourceError
from framework.sources.simulator import Plant, Records, SimulationError

_DEFAULT_START = "2026-10-05T08:00:00Z"
_SECOND = 1_000_000


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("simulate", help="make believable events, with incidents")
    parser.add_argument("dir", help="folder of definitions with a simulation")
    parser.add_argument("--to", required=True, help="file:PATH or kinesis:STREAM")
    parser.add_argument("--endpoint-url", help="of Kinesis, where it is not AWS's own")
    parser.add_argument(
        "--shards", type=int, default=2, help="of the stream, if it is not there yet (default %(default)s)"
    )
    parser.add_argument(
        "--start",
        help=f"event time of the beginning (default: now for a stream, {_DEFAULT_START} for a file)",
    )
    parser.add_argument(
        "--duration", help="event time to cover, such as 2h (default: 10m for a file, endless for a stream)"
    )
    parser.add_argument("--events", type=int, help="stop after this many records")
    parser.add_argument(
        "--rate",
        help="live, as event time goes; so many records a second; max (default: max for a file, else live)",
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="how much faster than the clock live is (default %(default)s)",
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="FIELD=VALUE[,VALUE]", help="only these entities"
    )
    parser.add_argument("--bad-share", type=float, default=0.0, help="share of records that are spoilt")
    parser.add_argument(
        "--seed", type=int, default=0, help="the same seed gives the same events (default %(default)s)"
    )
    parser.add_argument("--truth", help="file for the incidents, as newline-delimited JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make events until the end asked for, or until Ctrl-C."""
    plant, begin = _plant(arguments)
    for name in () if arguments.only else plant.nowhere:
        print(f"the incident '{name}' concerns no entity that the zone maps list", file=sys.stderr)
    stop = Stop()
    written, until = 0, begin
    try:
        with _target(arguments) as put:
            for records in _limited(arguments, plant, begin, stop):
                put(records)
                written += len(records)
                until = records.frame["arrival"][-1]
                if sys.stderr.isatty():
                    print(f"\r\x1b[2K{written:,} records", end="", file=sys.stderr)
    except (SourceError, OSError) as error:
        raise UserError(str(error), code=1) from None
    happened = [one for one in plant.incidents if one.start < until]
    if arguments.truth:
        lines = [json.dumps(incident.truth(until)) for incident in happened]
        Path(arguments.truth).write_text("".join(f"{line}\n" for line in lines))
    print(f"{written:,} records of {len(plant.entities):,} entities, {len(happened):,} incidents")
    return 0


def _plant(arguments: argparse.Namespace) -> tuple[Plant, int]:
    definitions, _ = sound(arguments.dir, "nothing was made")
    stream = arguments.to.startswith("kinesis:")
    if not arguments.speed > 0:
        raise UserError(f"--speed {arguments.speed:g}: write a number above 0")
    text = arguments.start or ("" if stream else _DEFAULT_START)
    if not text and _live(arguments) and arguments.speed > 1:
        raise UserError("--speed above 1 needs --start: from now on, events would come from the future")
    try:
        begin = moment(text) if text else time.time_ns() // 1_000
    except ValueError as error:
        raise UserError(f"--start: {error}") from None
    only = {name: values.split(",") for name, _, values in (one.partition("=") for one in arguments.only)}
    try:
        return Plant(
            definitions,
            begin,
            arguments.seed,
            only=only,
            stretch=1 if _live(arguments) else 60,
            bad=arguments.bad_share,
            pace=_pace(arguments),
        ), begin
    except SimulationError as error:
        raise UserError(str(error), code=1) from None


def _limited(arguments: argparse.Namespace, plant: Plant, begin: int, stop: Stop) -> Iterator[Records]:
    stream = arguments.to.startswith("kinesis:")
    duration = _duration(arguments.duration or ("" if stream or arguments.events else "10m"))
    left = arguments.events if arguments.events is not None else sys.maxsize
    began, quiet = time.monotonic(), 0
    for records in plant.stretches():
        frame = records.frame
        if duration is not None:
            frame = frame.filter(frame["arrival"] < begin + duration)
            if not frame.height and records.frame.height:
                return
        frame = frame.head(left)
        quiet = 0 if frame.height else quiet + 1
        if _live(arguments) and frame.height:
            stop.rest(began + (frame["arrival"][-1] - begin) / _SECOND / arguments.speed)
        if stop.asked or not left or quiet > 100_000:
            return
        if frame.height:
            yield Records(frame)
        left -= frame.height
        if not left:
            return


@contextlib.contextmanager
def _target(arguments: argparse.Namespace) -> Iterator[Callable[[Records], None]]:
    kind, _, rest = arguments.to.partition(":")
    if kind == "file" and rest:
        Path(rest).resolve().parent.mkdir(parents=True, exist_ok=True)
        with open(rest, "w", encoding="utf-8") as file:
            yield lambda records: (file.write(records.text()), None)[1]
    elif kind == "kinesis" and rest:
        from framework.sources.writer import KinesisWriter

        writer = KinesisWriter(rest, None, arguments.endpoint_url)
        writer.ensure_stream(arguments.shards)
        yield lambda records: writer.put(records.keyed())
    else:
        raise UserError(f"--to {arguments.to}: write file:PATH or kinesis:STREAM")


def _live(arguments: argparse.Namespace) -> bool:
    """Whether records are written as event time goes."""
    if arguments.rate is None:
        return bool(arguments.to.startswith("kinesis:"))
    return bool(arguments.rate != "max")


def _pace(arguments: argparse.Namespace) -> float | None:
    """Records a second of event time, where a number is asked for."""
    if arguments.rate in (None, "max", "live"):
        return None
    try:
        pace = float(arguments.rate)
    except ValueError:
        pace = 0.0
    if not 0 < pace < float("inf"):
        raise UserError(f"--rate {arguments.rate}: write records a second, max or live")
    return pace


def _duration(text: str) -> int | None:
    try:
        return microseconds(text) if text else None
    except ValueError:
        raise UserError(f"--duration {text}: write a stretch of time such as 30s, 10m or 2h") from None
