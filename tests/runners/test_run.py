"""`sortline run` as its user meets it: clean stops, figures for Prometheus, clear words when it can't."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from framework.cli.main import main

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
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert re.search(r'sortline_total\{name="records",pipeline="small"\} 300\.0', text)
    assert "sortline_watermark_seconds" in text
    assert "sortline_lag_seconds" in text


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


def test_definitions_with_errors_are_not_run(folder, capsys):
    (folder / "definitions" / "total.yaml").write_text(KPI.replace("sum(n)", "sum(m)"))
    source = f"file:{folder / 'events.ndjson'}"
    assert main(["run", str(folder / "definitions"), "--source", source, "--until-end"]) == 1
    err = capsys.readouterr().err
    assert "did you mean 'n'" in err or "there are: " in err
    assert "nothing was run" in err


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
