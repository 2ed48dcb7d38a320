"""New definitions for a run on a cluster: published, followed, counted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framework.cli.main import main
from runners.emr import published
from runners.emr.problems import EmrError
from tests.emr.conftest import REGION, ROOT, Aws

KEY = "sortline/definitions/plant.tar.gz"


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """A small project."""
    assert main(["init", str(tmp_path / "plant")]) == 0
    return tmp_path / "plant"


@pytest.fixture
def follow(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, plant: Path, tmp_path: Path
) -> Iterator[Callable[[], Path]]:
    """Follows what is published, beginning with the project's definitions; gives the folder."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv(published.VARIABLE, f"s3://{aws.bucket}/{KEY}")

    started: list[published.Following] = []

    def start() -> Path:
        following = published.follow(plant, tmp_path / "published", every=0.05)
        assert following
        started.append(following)
        return tmp_path / "published"

    yield start
    for following in started:
        following.stop()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def becomes(folder: Path, wanted: dict[str, bytes]) -> bool:
    until = time.monotonic() + 20
    while files(folder) != wanted and time.monotonic() < until:
        time.sleep(0.02)
    return files(folder) == wanted


def test_what_is_published_is_followed(aws: Aws, plant: Path, follow, tmp_path: Path, capsys):
    first = files(plant)
    folder = follow()
    assert files(folder) == first, "the bundle's, while nothing is published"
    kpi = next(path for path in plant.rglob("*.yaml") if path.read_text().startswith("kpi:"))
    (plant / "more").mkdir()
    (plant / "more" / "copy.yaml").write_text(kpi.read_text().replace("kpi: ", "kpi: another_", 1))
    assert main(["publish", str(plant), "--bucket", aws.bucket]) == 0
    assert "published: they count from one of the next ticks on" in capsys.readouterr().out
    assert becomes(folder, files(plant))
    shutil.rmtree(plant / "more")
    assert main(["publish", str(plant), "--bucket", aws.bucket]) == 0
    assert becomes(folder, first)


def test_a_driver_that_starts_takes_what_is_published(aws: Aws, plant: Path, follow, tmp_path: Path):
    newer = shutil.copytree(plant, tmp_path / "newer")
    (newer / "pipeline.yaml").write_text((newer / "pipeline.yaml").read_text() + "# newer\n")
    assert main(["publish", str(newer), "--bucket", aws.bucket]) == 0
    assert files(follow()) == files(newer)


def test_what_is_no_archive(aws: Aws, plant: Path, follow, capsys):
    folder = follow()
    aws.client("s3").put_object(Bucket=aws.bucket, Key=KEY, Body=b"no archive")
    until = time.monotonic() + 20
    said = ""
    while "is no archive of definitions" not in said and time.monotonic() < until:
        time.sleep(0.05)
        said += capsys.readouterr().err
    assert "sortline: definitions are not followed" in said
    assert files(folder) == files(plant), "the run goes on with what it has"
    with pytest.raises(EmrError, match="is no archive of definitions"):
        follow()


def test_a_run_takes_in_what_is_published(aws: Aws, plant: Path, tmp_path: Path):
    """The script of the bundle, as its driver runs it."""
    work = tmp_path / "work"
    shutil.copytree(plant, work / "definitions")
    shutil.copy(ROOT / "runners" / "emr" / "main.py", work)
    command = [sys.executable, "main.py", "run", "published", "--watch", "--interval", "0.1"]
    command += [
        "--source",
        f"file:{plant / 'events.ndjson'}",
        "--sink",
        "file:out",
        "--checkpoint",
        "checkpoint",
    ]
    place = {published.VARIABLE: f"s3://{aws.bucket}/{KEY}", "AWS_DEFAULT_REGION": REGION}
    with open(work / "log", "wb") as log:
        run = subprocess.Popen(command, cwd=work, env={**os.environ, **place}, stdout=log, stderr=log)
    try:
        wait_for(run, work, lambda: list(work.glob("checkpoint/commits/*")))
        (plant / "pipeline.yaml").write_text((plant / "pipeline.yaml").read_text() + "# newer\n")
        assert main(["publish", str(plant), "--bucket", aws.bucket]) == 0
        wait_for(run, work, lambda: b"new definitions" in (work / "log").read_bytes())
        run.terminate()
        assert run.wait(60) == 0
    finally:
        run.kill()


def wait_for(run: subprocess.Popen[bytes], work: Path, done: Callable[[], object]) -> None:
    until = time.monotonic() + 90
    while not done():
        assert run.poll() is None and time.monotonic() < until, (work / "log").read_text()
        time.sleep(0.1)


def test_a_dry_run_says_what_is_sent(aws: Aws, plant: Path, capsys):
    command = ["publish", str(plant), "--bucket", aws.bucket]
    assert main([*command, "--dry-run"]) == 0
    (upload,) = json.loads(capsys.readouterr().out)["uploads"]
    assert aws.asked == []
    assert main([*command, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["uploaded"] == [upload["key"]] == [KEY]
    assert main([*command, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == [KEY]
    assert len(aws.of("PutObject")) == 1


def test_broken_definitions_are_never_published(aws: Aws, plant: Path, capsys):
    (plant / "broken.yaml").write_text("kpi: broken\nvalue: count(\n")
    assert main(["publish", str(plant), "--bucket", aws.bucket]) == 1
    assert aws.asked == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--bucket", "no-such-bucket-at-all"], 1, "is not there: make it"),
        (["--bucket", "s3://x"], 2, "give --bucket the name alone"),
    ],
)
def test_errors(aws: Aws, plant: Path, words, code, message, capsys):
    assert main(["publish", str(plant), *words]) == code
    assert message in capsys.readouterr().err
