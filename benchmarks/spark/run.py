"""The product on Spark next to Spark Structured Streaming by itself: the same events, the same eight KPIs.

    uv run python benchmarks/spark/run.py [--events 1000000] [--repeat 3] [--json FILE]

Both read the same folder of files, keep no identities unless told --dedupe, and write JSON lines. Each run
is a process of its own, and its time is from the process's start to its end. The rows of both are compared.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.eight_kpis.generate import generate  # noqa: E402
from benchmarks.eight_kpis.run import copy_definitions  # noqa: E402
from benchmarks.spark import peer  # noqa: E402
from benchmarks.spark.compare import compare  # noqa: E402

FILES = 4
_FEW = 10


@dataclass
class Runs:
    """Seconds of each run; `fixed` is a run over ten events: what does not grow with the events."""

    name: str
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    rows: int = 0
    fixed: float | None = None


def main() -> None:
    """Make the events where they are not there yet, run all in turns, compare, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--runner", choices=("spark", "local"), default="spark", help="of the product")
    parser.add_argument("--master", default="local[2]", help="of both")
    parser.add_argument("--variants", nargs="*", choices=peer.VARIANTS, default=["separate", "staged"])
    parser.add_argument("--output", choices=("append", "update"), default="append", help="of the peer")
    parser.add_argument("--dedupe", action="store_true")
    parser.add_argument("--json", type=Path, help="file for the measurements")
    arguments = parser.parse_args()
    _adopt()
    with tempfile.TemporaryDirectory(prefix="spark-benchmark-") as scratch:
        found, agreed = _all(arguments, Path(scratch))
    _print(found, arguments)
    if arguments.json:
        whole = {"events": arguments.events, "dedupe": arguments.dedupe, "cores": os.cpu_count()}
        whole |= {"runs": [vars(runs) for runs in found], "agreed": agreed}
        arguments.json.write_text(json.dumps(whole, indent=2) + "\n")
    if not all(lines["ok"] for variant in agreed.values() for lines in variant.values()):
        raise SystemExit("the values differ")


def _all(arguments: argparse.Namespace, scratch: Path) -> tuple[list[Runs], dict[str, dict[str, dict]]]:
    events = _events(arguments.events)
    definitions = scratch / "definitions"
    copy_definitions(definitions, arguments.dedupe)
    few = scratch / "few"
    few.mkdir()
    with next(iter(sorted(events.glob("*.ndjson")))).open() as file:
        (few / "few.ndjson").write_text("".join(line for line, _ in zip(file, range(_FEW), strict=False)))
    works: dict[str, Callable[[Path, Path], peer.Measured | None]] = {
        f"sortline run --runner {arguments.runner}": lambda source, out: _sortline(
            definitions, source, out, arguments
        )
    }
    for variant in arguments.variants:
        works[f"Structured Streaming, {variant}"] = lambda source, out, variant=variant: peer.run(
            source,
            definitions,
            variant=variant,
            out=out,
            dedupe=arguments.dedupe,
            settings=peer.Settings(master=arguments.master, output=arguments.output),
        )
    runs = {name: Runs(name) for name in works}
    for name, work in works.items():
        began = time.monotonic()
        work(few, scratch / "out" / f"few {name}")
        runs[name].fixed = time.monotonic() - began
        _wait()
    # In turns, so that a slow minute of the machine meets all.
    for _ in range(arguments.repeat):
        for name, work in works.items():
            _measure(runs[name], lambda work=work, name=name: work(events, scratch / "out" / name))
    ours, *others = (scratch / "out" / name for name in works)
    runs[ours.name].rows = (ours / "kpi.ndjson").read_bytes().count(b"\n")
    return list(runs.values()), {other.name: compare(ours / "kpi.ndjson", other) for other in others}


def _measure(runs: Runs, work: Callable[[], peer.Measured | None]) -> None:
    before, began = _cpu(), time.monotonic()
    measured = work()
    runs.seconds.append(time.monotonic() - began)
    _wait()  # for the JVM: its CPU time is known when it is gone
    runs.cpu.append(_cpu() - before)
    if measured:
        runs.start.append(measured.start)
        runs.work.append(measured.work)
        runs.rows = measured.rows
    print(f"{runs.name}: {runs.seconds[-1]:.1f} s, CPU {runs.cpu[-1]:.1f} s", file=sys.stderr, flush=True)


def _adopt() -> None:
    """A JVM that outlives the Python that began it becomes a child of this process: its CPU counts too."""
    set_child_subreaper = 36
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _wait() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _events(count: int) -> Path:
    """A folder of the events in files of about the same size, in order of arrival."""
    whole = ROOT / ".sortline" / "benchmarks" / f"eight-kpis-{count}.ndjson"
    whole.parent.mkdir(parents=True, exist_ok=True)
    if not whole.exists():
        generate(whole, count)
    folder = whole.with_suffix(".parts")
    if not folder.exists():
        partial = Path(tempfile.mkdtemp(dir=folder.parent))
        with whole.open("rb") as file:
            for number in range(FILES):
                lines = count * (number + 1) // FILES - count * number // FILES
                with (partial / f"part-{number}.ndjson").open("wb") as part:
                    part.writelines(line for _, line in zip(range(lines), file, strict=False))
        partial.rename(folder)
    return folder


def _sortline(definitions: Path, source: Path, out: Path, arguments: argparse.Namespace) -> None:
    command = [sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main())"]
    command += ["run", str(definitions), "--source", f"file:{source}", "--sink", f"file:{out}", "--until-end"]
    command += ["--runner", arguments.runner]
    command += ["--master", arguments.master] if arguments.runner == "spark" else []
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"sortline run failed\n{done.stderr[-4000:]}")


def _print(found: list[Runs], arguments: argparse.Namespace) -> None:
    print(f"{arguments.events:,} events, {os.cpu_count()} cores, median of {arguments.repeat}")
    head = f"{'seconds':>9}{'spread':>16}{'fixed':>8}{'CPU s':>8}{'events/s':>11}{'ratio':>7}{'rows':>8}"
    print(f"{'':<36}{head}")
    first = statistics.median(found[0].seconds)
    for runs in found:
        seconds = statistics.median(runs.seconds)
        spread = f"{min(runs.seconds):.1f}..{max(runs.seconds):.1f}"
        line = f"{seconds:>9.1f}{spread:>16}{runs.fixed:>8.1f}{statistics.median(runs.cpu):>8.1f}"
        line += f"{arguments.events / seconds:>11,.0f}{seconds / first:>7.2f}{runs.rows:>8,}"
        print(f"{runs.name:<36}{line}")
        if runs.work:
            start, work = statistics.median(runs.start), statistics.median(runs.work)
            print(f"{'':<36}start {start:.1f} s, work {work:.1f} s: {arguments.events / work:,.0f} events/s")


if __name__ == "__main__":
    main()
