"""`kill -9` at every point of a tick, then the same command again: nothing is lost, nothing is repeated."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from framework.state.faults import POINTS, VARIABLE
from tests.pipeline.events import BEGIN
from tests.pipeline.tiny import tiny

REPOSITORY = Path(__file__).parents[2]
FILES = ("kpi.ndjson", "deadletters.ndjson")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with definitions and with events for three ticks, duplicates and bad ones among them."""
    folder = tmp_path_factory.mktemp("kills")
    tiny(folder / "definitions")
    lines = []
    for n in range(90):
        moment = (BEGIN + timedelta(seconds=3 * n - 40 * (n % 9 == 0))).isoformat()
        event = {"id": f"e{n - n % 7 // 6}", "ts": moment, "machine": "ABCD"[n % 4], "ms": n}
        lines.append(json.dumps(event))
        if n % 20 == 0:
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


def sortline(place: Path, name: str, kill: str = "") -> int:
    """Runs the command line in a process of its own; what it returned."""
    command = [
        sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main())",
        "run", str(place / "definitions"), "--source", f"file:{place / 'events.ndjson'}",
        "--sink", f"file:{place / name / 'out'}", "--checkpoint", str(place / name / "checkpoint"),
        "--batch-records", "35", "--until-end",
    ]  # fmt: skip
    environment = os.environ | ({VARIABLE: kill} if kill else {})
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, check=False)
    return done.returncode


def left(place: Path, name: str) -> list[bytes]:
    """The files of a run's documents."""
    return [(place / name / "out" / file).read_bytes() for file in FILES]
