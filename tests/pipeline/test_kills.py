"""`kill -9` at every point of a tick, then the same command again: nothing is lost, nothing is repeated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.cli.main import main
from framework.pipeline.tick import Tick
from framework.state import Checkpoint
from framework.state.faults import POINTS, VARIABLE
from runners.local import LocalExecutor
from tests.episodes.watched import happenings, watched
from tests.services.kinesis import Kinesis
from tests.services.s3 import ENVIRONMENT, Bucket

REPOSITORY = Path(__file__).parents[2]
ON_S3 = (
    "before_intent",
    "after_intent",
    "amid_write",
    "after_state",
    "before_commit",
    "after_commit",
    "after_cleanup",
)
FILES = ("kpi.ndjson", "deadletters.ndjson", "alerts.ndjson")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Definitions with rules of every kind, and events for three ticks, duplicates and bad ones among them.

    The second tick opens an episode and goes on with others.
    """
    folder = tmp_path_factory.mktemp("kills")
    watched(folder / "definitions")
    lines = []
    for n, record in enumerate(happenings(1, minutes=12)):
        lines += [record.decode()] * (1 + (n % 50 == 0))
        if n % 200 == 0:
            lines.append('{"id": "cut')
    (folder / "events.ndjson").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def expected(place: Path) -> list[bytes]:
    """What a run leaves that nothing interrupts."""
    assert sortline(place, "whole") == 0
    texts = left(place, "whole")
    assert all(texts)
    return texts


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_changes_nothing(place: Path, expected: list[bytes], point: str) -> None:
    assert sortline(place, point, kill=f"{point}:2") == -signal.SIGKILL
    assert not (place / point / "out/kpi.ndjson").exists()
    assert sortline(place, point) == 0
    assert left(place, point) == expected


@pytest.mark.parametrize("point", ON_S3)
def test_a_kill_changes_nothing_with_the_checkpoint_on_s3(
    place: Path, expected: list[bytes], moto: Kinesis, point: str
) -> None:
    bucket, name = Bucket(moto.url), f"s3-{point}"
    assert sortline(place, name, kill=f"{point}:2", on=bucket) == -signal.SIGKILL
    assert sortline(place, name, on=bucket) == 0
    assert left(place, name) == expected
    store = bucket.store(name)
    last = Checkpoint(store, "tiny").last_commit()
    assert last is not None and last.ended
    assert set(store.names("state/")) == last.files


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_second_run_on_s3_fences_the_first(
    place: Path,
    expected: list[bytes],
    moto: Kinesis,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    moment: str,
) -> None:
    """The second takes over and runs to the end while the first is at its second tick."""
    bucket, name = Bucket(moto.url), f"fenced-{moment}"
    execute = LocalExecutor.execute

    def overtaken(executor: LocalExecutor, tick: Tick) -> None:
        if moment == "after":
            execute(executor, tick)
        if tick.number == 2:
            assert sortline(place, name, on=bucket) == 0
        if moment == "before":
            execute(executor, tick)

    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(LocalExecutor, "execute", overtaken)
    assert main(arguments(place, name, bucket)) == 1
    told = capsys.readouterr().err
    assert "another run" in told and "Let only one run use a checkpoint" in told
    assert "Traceback" not in told
    assert left(place, name) == expected


def sortline(place: Path, name: str, kill: str = "", on: Bucket | None = None) -> int:
    """Runs the command line in a process of its own; what it returned."""
    program = [sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main())"]
    environment = os.environ | ENVIRONMENT | ({VARIABLE: kill} if kill else {})
    done = subprocess.run(
        [*program, *arguments(place, name, on)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        check=False,
    )
    return done.returncode


def arguments(place: Path, name: str, on: Bucket | None = None) -> list[str]:
    """A run's command line, with its checkpoint in a folder or a bucket."""
    checkpoint = ["--checkpoint", str(place / name / "checkpoint")]
    if on:
        checkpoint = ["--checkpoint", f"s3://{on.name}/{name}", "--checkpoint-endpoint-url", on.url]
    return [
        "run", str(place / "definitions"), "--source", f"file:{place / 'events.ndjson'}",
        "--sink", f"file:{place / name / 'out'}", *checkpoint, "--batch-records", "750", "--until-end",
    ]  # fmt: skip


def left(place: Path, name: str) -> list[bytes]:
    """The files of a run's documents."""
    return [(place / name / "out" / file).read_bytes() for file in FILES]
