"""The script that `spark-submit` is given: secrets first, then the command line."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from runners.emr import secret
from tests.emr.conftest import ROOT, Aws

MAIN = ROOT / "runners" / "emr" / "main.py"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a copy, as a cluster does."""
    (folder / "main.py").write_bytes(MAIN.read_bytes())
    command = [sys.executable, "main.py", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_it_is_the_command_line(tmp_path: Path):
    done = run(tmp_path, "check", str(ROOT / "kpi_defs"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "no problems" in done.stdout
    assert run(tmp_path, "check").returncode == 2


def test_secrets_become_the_environment(aws: Aws, monkeypatch: pytest.MonkeyPatch):
    name = f"prod/search-{uuid.uuid4().hex}"
    aws.client("secretsmanager").create_secret(Name=name, SecretString="abc=")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv(secret.VARIABLE, f"ONE={name},TWO={name}")
    for variable in ("ONE", "TWO"):
        monkeypatch.setenv(variable, "")
    secret.fetch()
    import os

    assert (os.environ["ONE"], os.environ["TWO"]) == ("abc=", "abc=")


def test_a_secret_that_is_not_there(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv(secret.VARIABLE, "ELASTICSEARCH_API_KEY=prod/none")
    done = run(tmp_path, "check", str(ROOT / "kpi_defs"))
    assert done.returncode == 1
    assert done.stderr.startswith("sortline: the secret prod/none for ELASTICSEARCH_API_KEY can't be read")
    assert "secretsmanager:GetSecretValue" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_secrets_ask_nobody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(secret.VARIABLE, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    secret.fetch()
