"""`sortline run` as its user meets it: clean stops, figures for Prometheus, clear words when it can't."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from framework.cli.main import main
from tests.services.kinesis import Kinesis
from tests.services.proxy import Answer, Proxy, Request
from tests.services.s3 import ENVIRONMENT, Bucket, refusal

PIPELINE = """
pipeline: small
events: {time: ts, id: id, fields: {id: {type: string}, place: {type: string}, n: {type: int}}}
levels: {place: [place]}
"""
KPI = 'kpi: total\nunit: ""\nby: [place]\nwindow: {size: 1m}\nvalue: sum(n)\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    definitions = tmp_path / "definitions"
    definitions.mkdir()
    (definitions / "pipeline.yaml").write_text(PIPELINE)
    (definitions / "total.yaml").write_text(KPI)
    lines = [
        f'{{"ts":"2026-10-05T10:{i // 60:02d}:{i % 60:02d}Z","id":"{i}","place":"p{i % 3}","n":{i}}}'
        for i in range(300)
    ]
    (tmp_path / "events.ndjson").write_text("\n".join(lines) + "\n")
    return tmp_path


def start(folder: Path, *extra: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main())", "run"]
    source = f"file:{folder / 'events.ndjson'}"
    sink = f"store:{folder / 'out.db'}"
    return subprocess.Popen(
        [*command, str(folder / "definitions"), "--source", source, "--sink", sink, *extra],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_after_the_tick(folder, number):
    process = start(folder, "--checkpoint", str(folder / "checkpoint"))
    commits = folder / "checkpoint" / "commits"
    wait_for(lambda: commits.is_dir() and any(commits.iterdir()), process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "300 records" in out


def test_figures_for_prometheus(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start(folder, "--checkpoint", str(folder / "checkpoint"), "--metrics-port", str(port))
    try:
        wait_for(lambda: "sortline_tick{" in figures(port), process)
        text = figures(port)
        # A tick may be committed between the two looks.
        wait_for(lambda: size(figures(port)) == state(folder / "checkpoint/state"), process)
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert re.search(r'sortline_total\{name="records",pipeline="small"\} 300\.0', text)
    assert "sortline_watermark_seconds" in text
    assert "sortline_lag_seconds" in text
    assert 0 <= float(figure(text, "checkpoint_age_seconds")) < 60


def size(text: str) -> tuple[float, float]:
    """What the figures say of the checkpoint's state: objects and bytes."""
    return float(figure(text, "checkpoint_objects")), float(figure(text, "checkpoint_bytes"))


def state(place: Path) -> tuple[int, int]:
    """The files in a folder, and their bytes."""
    try:
        sizes = [path.stat().st_size for path in place.rglob("*") if path.is_file()]
    except FileNotFoundError:  # it was removed just now
        return -1, -1
    return len(sizes), sum(sizes)


def test_a_second_run_on_a_checkpoint_is_refused(folder):
    first = start(folder, "--checkpoint", str(folder / "checkpoint"))
    try:
        commits = folder / "checkpoint" / "commits"
        wait_for(lambda: commits.is_dir() and any(commits.iterdir()), first)
        second = start(folder, "--checkpoint", str(folder / "checkpoint"))
        _, err = second.communicate(timeout=60)
    finally:
        first.terminate()
        first.communicate(timeout=60)
    assert second.returncode == 1
    assert "is in use by process" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--until-end"], 2, "no source"),
        (["--source", "kinesis:x", "--until-end"], 2, "--until-caught-up"),
        (["--source", "file:nowhere.ndjson", "--until-end"], 1, "is not there"),
        (["--source", "ftp:x"], 1, "is no source"),
        (
            ["--source", "file:{events}", "--checkpoint", "s3a://b/p"],
            1,
            "write a folder, or s3://BUCKET/PREFIX",
        ),
        (["--source", "file:{events}", "--sink", "paper", "--until-end"], 1, "is no sink"),
    ],
)
def test_what_can_not_be_run_is_told(folder, capsys, monkeypatch, arguments, code, told):
    monkeypatch.chdir(folder)
    filled = [one.replace("{events}", str(folder / "events.ndjson")) for one in arguments]
    assert main(["run", str(folder / "definitions"), *filled]) == code
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err


class OnS3(NamedTuple):
    """A run whose checkpoint is in a bucket, behind a proxy."""

    bucket: Bucket
    proxy: Proxy
    command: list[str]


@pytest.fixture
def on_s3(folder: Path, moto: Kinesis, monkeypatch: pytest.MonkeyPatch) -> Iterator[OnS3]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    bucket, proxy = Bucket(moto.url), Proxy(moto.url)
    command = ["run", str(folder / "definitions"), "--source", f"file:{folder / 'events.ndjson'}"]
    command += ["--batch-records", "80", "--until-end", "--checkpoint", f"s3://{bucket.name}/runs/small"]
    yield OnS3(bucket, proxy, [*command, "--checkpoint-endpoint-url", proxy.url])
    proxy.close()


def test_lost_answers_and_slow_downs_change_nothing(folder: Path, on_s3: OnS3) -> None:
    assert main([*on_s3.command, "--sink", f"file:{folder / 'whole'}"]) == 0
    chance = random.Random(7)

    def fault(request: Request) -> Answer | None:
        kind = chance.random()
        if kind < 0.1:
            return None
        answer = request.forward(request.body)
        if kind < 0.2:
            return None
        return refusal(503, "SlowDown") if kind < 0.3 else answer

    on_s3.proxy.fault = fault
    again = [one.replace("/runs/small", "/runs/through-faults") for one in on_s3.command]
    assert main([*again, "--sink", f"file:{folder / 'faulty'}"]) == 0
    texts = [(folder / name / "kpi.ndjson").read_bytes() for name in ("whole", "faulty")]
    assert texts[0] == texts[1] != b""


@pytest.mark.parametrize("what", ["meta.json", "intents/", "state/", "attempts/", "commits/"])
def test_what_s3_refuses_is_told_wherever_it_is_met(
    folder: Path, on_s3: OnS3, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    def fault(request: Request) -> Answer:
        if request.method == "PUT" and what in request.path:
            return refusal(403, "AccessDenied", "Access Denied")
        return request.forward(request.body)

    on_s3.proxy.fault = fault
    assert main([*on_s3.command, "--sink", f"file:{folder / 'out'}"]) == 1
    told = capsys.readouterr().err
    assert "allow s3:ListBucket" in told and "s3:PutObject" in told
    assert f"s3://{on_s3.bucket.name}/runs/small" in told
    assert "Traceback" not in told and len(told.splitlines()) == 1
    on_s3.proxy.fault = lambda request: request.forward(request.body)
    assert main([*on_s3.command, "--sink", f"file:{folder / 'out'}"]) == 0


def test_a_bucket_that_is_not_there_is_told(
    folder: Path, on_s3: OnS3, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [one.replace(on_s3.bucket.name, "nowhere-at-all") for one in on_s3.command]
    assert main([*command, "--sink", f"file:{folder / 'out'}"]) == 1
    assert "there is no bucket nowhere-at-all: create it" in capsys.readouterr().err


def test_definitions_with_errors_are_not_run(folder, capsys):
    (folder / "definitions" / "total.yaml").write_text(KPI.replace("sum(n)", "sum(m)"))
    source = f"file:{folder / 'events.ndjson'}"
    assert main(["run", str(folder / "definitions"), "--source", source, "--until-end"]) == 1
    err = capsys.readouterr().err
    assert "did you mean 'n'" in err or "there are: " in err
    assert "nothing was run" in err


def figure(text: str, name: str) -> str:
    found = re.search(rf'^sortline_{name}{{pipeline="small"}} (\S+)$', text, re.MULTILINE)
    assert found, text
    return found[1]


def figures(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def wait_for(condition, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.1)
