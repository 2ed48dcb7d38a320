"""YARN itself: an application runs, and one whose ApplicationMaster is killed runs a second time."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.fixtures import present
from tests.services.yarn import Yarn

_SCRIPT = """
import os, sys, time
from pathlib import Path
from pyspark import SparkContext

folder = Path(sys.argv[1])
with SparkContext() as context:
    total = context.parallelize(range(1000), 2).sum()
    with (folder / "attempts").open("a") as attempts:
        attempts.write(os.environ["CONTAINER_ID"] + "\\n")
    while not (folder / "go").exists():
        time.sleep(0.05)
    (folder / "result").write_text(f"{total} {os.environ['CONTAINER_ID']}")
"""


@pytest.fixture(scope="module")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yarn]:
    one, folder = Yarn(), tmp_path_factory.mktemp("yarn")
    present(lambda: one.start(folder))
    yield one
    one.stop()


@pytest.fixture
def submitted(yarn: Yarn, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The submit of the script, which goes on once the file `go` is there."""
    (tmp_path / "sum.py").write_text(_SCRIPT)
    command, env = yarn.submitting(tmp_path / "sum.py", str(tmp_path))
    with (tmp_path / "submit.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    yield process
    process.kill()
    process.wait()


def test_runs_an_application(yarn: Yarn, submitted: subprocess.Popen[bytes], tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    application = _finish(submitted, yarn, tmp_path)
    assert yarn.state(application) == "FINISHED"
    assert yarn.attempts(application) == ["FINISHED"]
    assert (tmp_path / "result").read_text().startswith("499500 ")


def test_a_second_attempt_carries_on(yarn: Yarn, submitted: subprocess.Popen[bytes], tmp_path: Path) -> None:
    _wait_for_attempts(1, submitted, tmp_path)
    yarn.kill_master(_application(tmp_path))
    _wait_for_attempts(2, submitted, tmp_path)
    (tmp_path / "go").touch()
    application = _finish(submitted, yarn, tmp_path)
    assert yarn.attempts(application) == ["FAILED", "FINISHED"]
    first, second = (tmp_path / "attempts").read_text().split()
    assert first != second
    assert (tmp_path / "result").read_text() == f"499500 {second}"


def _finish(submitted: subprocess.Popen[bytes], yarn: Yarn, folder: Path) -> str:
    code, application = submitted.wait(120), _application(folder)
    assert code == 0, yarn.output(application)[-5000:]
    return application


def _application(folder: Path) -> str:
    found = re.search(r"application_\d+_\d+", (folder / "submit.log").read_text())
    assert found, (folder / "submit.log").read_text()
    return found[0]


def _wait_for_attempts(count: int, submitted: subprocess.Popen[bytes], folder: Path) -> None:
    until, attempts, log = time.monotonic() + 90, folder / "attempts", folder / "submit.log"
    while not attempts.exists() or len(attempts.read_text().splitlines()) < count:
        assert submitted.poll() is None and time.monotonic() < until, log.read_text()[-5000:]
        time.sleep(0.05)
