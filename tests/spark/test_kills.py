"""`kill -9` of anything at any moment of a run on Spark: the documents are those of a run left alone.

`SORTLINE_KILLS` and `SORTLINE_KILL_EVENTS` make it longer: 50 and 1000000 take about half an hour.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.spark import Cluster
from tests.spark.running import LOCAL, PROGRAM, REPOSITORY, left, on_cluster, sortline, two_shards

KILLS = int(os.environ.get("SORTLINE_KILLS", "4"))
EVENTS = int(os.environ.get("SORTLINE_KILL_EVENTS", "60000"))
TICKS = 12 + KILLS
DEFINITIONS = REPOSITORY / "benchmarks/eight_kpis/definitions"
WORKER, EXECUTOR = "sortline-worker", "CoarseGrainedExecutorBackend"

pytestmark = pytest.mark.timeout(600 + 40 * KILLS)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events in two shards."""
    return two_shards(tmp_path_factory.mktemp("events"), EVENTS)


@pytest.fixture(scope="module")
def expected(events: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What a run leaves that nothing interrupts."""
    place = tmp_path_factory.mktemp("whole")
    done = sortline(*arguments(events, place))
    assert done.returncode == 0, done.stderr
    assert left(place / "out")[0]
    return left(place / "out")


@pytest.mark.parametrize("where", ["one process", "executors"])
def test_kills_change_nothing(
    events: Path, expected: list[list[str]], cluster: Cluster, tmp_path: Path, where: str
) -> None:
    pick = random.Random(os.environ.get("SORTLINE_SEED", where))
    runner = LOCAL if where == "one process" else [*on_cluster(cluster.master), "--partitions", "3"]
    victims: list[Callable[[Run], list[int]]] = [Run.workers, Run.driver, Run.everything]
    victims.append(Run.jvm if where == "one process" else Run.executors)
    run, lives = Run(events, tmp_path, runner), 1
    for number in range(KILLS):
        victim = victims[number % len(victims)]
        seen = run.commits()
        while not (gone := run.ended()) and run.commits() == seen:
            time.sleep(0.05)  # each life gets something done, or the test would not end
        if not gone:
            time.sleep(pick.uniform(0, 2.5))
            for process in victim(run)[:1] if victim is not Run.everything else victim(run):
                kill(process)
        if victim is Run.workers or victim is Run.executors:
            continue  # the run itself must outlive these
        if run.wait() != 0:
            run, lives = Run(events, tmp_path, runner), lives + 1
    while run.wait() != 0:
        assert "Nothing is lost" in run.told() or "Traceback" not in run.told(), run.told()
        run, lives = Run(events, tmp_path, runner), lives + 1
        assert lives < 3 * KILLS + 3, run.told()
    assert left(tmp_path / "out") == expected
    assert lives > 1


def test_a_second_driver_is_told_so(events: Path, tmp_path: Path) -> None:
    first = Run(events, tmp_path, LOCAL)
    while not first.commits():
        assert not first.ended(), first.told()
        time.sleep(0.1)
    with first.held():
        second = sortline(*arguments(events, tmp_path), *LOCAL)
    assert second.returncode == 1
    assert "is in use by process" in second.stderr and "Traceback" not in second.stderr
    assert first.wait() == 0


class Run:
    """A run in a process group of its own."""

    def __init__(self, events: Path, place: Path, runner: list[str]) -> None:
        self._place = place
        self._log = place / "log"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [*PROGRAM, *arguments(events, place), *runner],
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Stands still meanwhile, with all that it holds."""
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def commits(self) -> str:
        """The newest commit."""
        return max((path.name for path in (self._place / "checkpoint/commits").glob("*.json")), default="")

    def ended(self) -> bool:
        """Whether the driver is gone."""
        return self._process.poll() is not None

    def wait(self) -> int:
        """Its end, and what it returned."""
        return self._process.wait()

    def told(self) -> str:
        """What it said."""
        return self._log.read_text(errors="replace")

    def driver(self) -> list[int]:
        """The Python process that was started."""
        return [self._process.pid]

    def jvm(self) -> list[int]:
        """The JVM that it started."""
        return [process for process in self.everything() if "SparkSubmit" in command(process)]

    def workers(self) -> list[int]:
        """Python workers, wherever they run."""
        return [process for process in processes() if WORKER in command(process)]

    def executors(self) -> list[int]:
        """Executors of the cluster."""
        return [process for process in processes() if EXECUTOR in command(process)]

    def everything(self) -> list[int]:
        """All of the application on this side."""
        own = self._process.pid
        return [process for process in processes() if own in (process, session(process))]


def arguments(events: Path, place: Path) -> list[str]:
    """A run's command line."""
    return [
        "run", str(DEFINITIONS), "--source", f"file:{events}", "--sink", f"file:{place / 'out'}",
        "--checkpoint", str(place / "checkpoint"), "--batch-records", str(EVENTS // 2 // TICKS + 1),
        "--until-end",
    ]  # fmt: skip


def processes() -> list[int]:
    """All processes of the machine."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def command(process: int) -> str:
    """A process's command line; nothing when it is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def session(process: int) -> int:
    """The session that a process belongs to; 0 when it is gone."""
    try:
        return os.getsid(process)
    except ProcessLookupError:
        return 0


def kill(process: int) -> None:
    """`kill -9`."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
