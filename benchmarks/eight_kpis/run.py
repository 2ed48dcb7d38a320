"""Events a second of a local run of eight KPIs, start to last document, next to DuckDB over the whole file.

    uv run python benchmarks/eight_kpis/run.py [--events 2000000]

DuckDB has the file as a whole, keeps no state and writes no documents: it is a measure of the machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.eight_kpis.answer import answer  # noqa: E402
from benchmarks.eight_kpis.generate import generate  # noqa: E402

THREADS = 2


def main() -> None:
    """Generate the events where they are not there yet, run both with and without dedupe, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--keep", type=Path, help="folder for the documents")
    arguments = parser.parse_args()
    path = ROOT / ".sortline" / "benchmarks" / f"eight-kpis-{arguments.events}.ndjson"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        generate(path, arguments.events)
    size = path.stat().st_size / arguments.events
    print(f"{arguments.events:,} events of {size:.0f} bytes, {os.cpu_count()} cores")
    print(f"{'':<24}{'seconds':>9}{'CPU s':>9}{'events/s':>12}{'ratio':>8}")
    for dedupe in (False, True):
        whole = _measured(lambda dedupe=dedupe: _duckdb(path, dedupe))
        local = _measured(lambda dedupe=dedupe: _sortline(path, dedupe, arguments.keep))
        for name, (seconds, cpu) in (("sortline run", local), ("DuckDB, whole file", whole)):
            label = f"{name}{', dedupe' if dedupe else ''}"
            rate = arguments.events / seconds
            print(f"{label:<24}{seconds:>9.2f}{cpu:>9.2f}{rate:>12,.0f}{seconds / whole[0]:>8.2f}")


def _measured(work: Callable[[], None]) -> tuple[float, float]:
    before, began = _cpu(), time.monotonic()
    work()
    return time.monotonic() - began, _cpu() - before


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _sortline(path: Path, dedupe: bool, keep: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="eight-kpis-") as folder:
        definitions = Path(folder, "definitions")
        copy_definitions(definitions, dedupe)
        out = Path(folder, "out") if keep is None else keep / ("dedupe" if dedupe else "plain")
        command = [sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main())"]
        command += [
            "run",
            str(definitions),
            "--source",
            f"file:{path}",
            "--sink",
            f"file:{out}",
            "--until-end",
        ]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def copy_definitions(definitions: Path, dedupe: bool) -> None:
    """The definitions in a folder of their own; without `dedupe`, identities are not looked at."""
    for file in (HERE / "definitions").rglob("*.yaml"):
        text = file.read_text()
        if not dedupe:
            text = re.sub(r"(?m)^  (id|dedupe): .*\n", "", text)
        target = definitions / file.relative_to(HERE / "definitions")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def _duckdb(path: Path, dedupe: bool) -> None:
    # In a process of its own, so that its CPU time is told apart; the start of Python counts for both.
    child = multiprocessing.get_context("spawn").Process(
        target=answer, args=(path,), kwargs={"dedupe": dedupe, "threads": THREADS}
    )
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit("DuckDB failed")


if __name__ == "__main__":
    main()
