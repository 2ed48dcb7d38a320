"""`sortline run` as an application of a real YARN: its driver's container may die, and nothing is lost."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from framework.state import Commit
from runners.spark.jar import runner_jar
from runners.spark.session import WORKER
from tests.services.fixtures import present
from tests.services.yarn import Yarn
from tests.spark.running import REPOSITORY, left, sortline, two_shards

EVENTS, TICKS = 40_000, 13
DEFINITIONS = REPOSITORY / "benchmarks/eight_kpis/definitions"
SECONDS = 400

pytestmark = pytest.mark.timeout(2 * SECONDS)


@pytest.fixture(scope="module")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yarn]:
    one, folder = Yarn(), tmp_path_factory.mktemp("yarn")
    present(lambda: one.start(folder))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events in two shards."""
    return two_shards(tmp_path_factory.mktemp("events"), EVENTS)


@pytest.fixture(scope="module")
def expected(events: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What the local runner makes of them."""
    place = tmp_path_factory.mktemp("local")
    done = sortline(*arguments(events, place))
    assert done.returncode == 0, done.stderr
    assert last(place).number == TICKS
    assert len(left(place / "out")[0]) > 1_000
    return left(place / "out")


def test_a_run_on_the_cluster(yarn: Yarn, events: Path, expected: list[list[str]], tmp_path: Path) -> None:
    with Submitted(yarn, events, tmp_path) as run:
        run.finish()
    assert yarn.attempts(run.application()) == ["FINISHED"]
    assert left(tmp_path / "out") == expected
    assert "Failed to fetch remote block" not in yarn.output(run.application())


def test_a_killed_driver_is_taken_over_from(
    yarn: Yarn, events: Path, expected: list[list[str]], tmp_path: Path
) -> None:
    with Submitted(yarn, events, tmp_path) as run:
        run.wait_for_commits(2)
        yarn.kill_master(run.application())
        before = commits(tmp_path)
        run.finish()
    assert 2 <= len(before) <= TICKS / 2
    assert yarn.state(run.application()) == "FINISHED"
    assert yarn.attempts(run.application()) == ["FAILED", "FINISHED"]
    after = commits(tmp_path)
    assert after[: len(before)] == before  # the second attempt has made the rest, and the rest alone
    assert last(tmp_path).number == len(after) == TICKS
    assert left(tmp_path / "out") == expected


class Submitted:
    """A run on two executors of one core, whose driver is in the ApplicationMaster."""

    def __init__(self, yarn: Yarn, events: Path, place: Path) -> None:
        self._yarn, self._place, self._log = yarn, place, place / "submit.log"
        conf = {
            "spark.jars": str(runner_jar()),
            WORKER: str(Path(sys.executable).with_name("sortline-worker")),
            "spark.executor.instances": "2",
            "spark.executor.cores": "1",
        }
        script, words = REPOSITORY / "runners/spark/main.py", [*arguments(events, place), "--runner", "spark"]
        command, env = yarn.submitting(script, *words, conf=conf)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, env=env, stdout=log, stderr=log)

    def __enter__(self) -> Submitted:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def application(self) -> str:
        """Its id."""
        found = re.search(r"application_\d+_\d+", self._log.read_text())
        assert found, self._log.read_text()
        return found[0]

    def wait_for_commits(self, count: int) -> None:
        """Until the checkpoint has so many."""
        until = time.monotonic() + SECONDS
        while len(commits(self._place)) < count:
            assert self._process.poll() is None and time.monotonic() < until, self._told()
            time.sleep(0.05)

    def finish(self) -> None:
        """Its end, which is to be a good one."""
        assert self._process.wait(SECONDS) == 0, self._told()

    def _told(self) -> str:
        said = self._log.read_text()
        named = re.search(r"application_\d+_\d+", said)
        return self._yarn.output(named[0])[-8000:] if named else said


def arguments(events: Path, place: Path) -> list[str]:
    """A run's command line."""
    return [
        "run", str(DEFINITIONS), "--source", f"file:{events}", "--sink", f"file:{place / 'out'}",
        "--checkpoint", str(place / "checkpoint"), "--batch-records", str(EVENTS // 2 // TICKS + 1),
        "--until-end",
    ]  # fmt: skip


def commits(place: Path) -> list[bytes]:
    """The commits of a checkpoint, in their order."""
    return [path.read_bytes() for path in sorted((place / "checkpoint/commits").glob("*.json"))]


def last(place: Path) -> Commit:
    """The newest of them."""
    return msgspec.json.decode(commits(place)[-1], type=Commit)
