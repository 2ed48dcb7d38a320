"""The very step that is sent to EMR, run on a real YARN: with the bundle alone, and the same documents."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.cli.main import main
from tests.emr.conftest import ROOT
from tests.services.fixtures import present
from tests.services.yarn import Yarn

SIZES = ("memory", "python-memory")
EVENTS = 6_000


@pytest.fixture(scope="module")
def yarn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yarn]:
    one, folder = Yarn(), tmp_path_factory.mktemp("yarn")
    present(lambda: one.start(folder))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards of the shipped simulation."""
    folder = tmp_path_factory.mktemp("events") / "shards"
    for shard in (1, 2):
        place = ["--to", f"file:{folder / f'{shard}.ndjson'}", "--seed", str(shard)]
        size = ["--events", str(EVENTS // 2), "--start", "2026-10-01T08:00:00Z"]
        folder.mkdir(exist_ok=True)
        assert main(["simulate", str(ROOT / "kpi_defs"), *place, *size]) == 0
    return folder


def step(bundle: Path, capsys: pytest.CaptureFixture[str], *run: str) -> list[str]:
    """The words of the step that `sortline submit emr` would send, with files in place of S3's objects."""
    small = [word for name in ("driver", "executor") for size in SIZES for word in (f"--{name}-{size}", "1g")]
    where = ["--cluster", "j-0", "--bucket", "some-bucket", "--region", "eu-central-1"]
    options = ["--executors", "1", "--bundle", str(bundle), *small, "--dry-run"]
    capsys.readouterr()
    assert main(["submit", "emr", *where, *options, "--", *run]) == 0
    sent = json.loads(capsys.readouterr().out)
    words = sent["calls"][0]["arguments"]["Steps"][0]["HadoopJarStep"]["Args"]
    for upload in sent["uploads"]:
        local = (bundle / Path(upload["key"]).name).as_uri()
        words = [word.replace(f"s3://{upload['bucket']}/{upload['key']}", local) for word in words]
    return words


def documents(folder: Path) -> list[str]:
    """The documents of a run, each as a line, in an order that both runners give."""
    return sorted((folder / "kpi.ndjson").read_text().splitlines())


def launched(words: list[str], yarn: Yarn, folder: Path) -> subprocess.Popen[bytes]:
    """The step as command-runner.jar starts it, with nothing in its environment but where the cluster is."""
    _, env = yarn.submitting(Path("none"))
    spark = Path(env["SPARK_HOME"])
    conf = {
        "spark.yarn.jars": f"local:{spark}/jars/*",
        "spark.yarn.stagingDir": yarn.staging.as_uri(),
        "spark.yarn.report.interval": "200ms",
    }
    extra = [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]
    clean = {name: env[name] for name in ("HADOOP_CONF_DIR", "JAVA_HOME", "SPARK_HOME", "SPARK_LOCAL_IP")}
    clean |= {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    with (folder / "submit.log").open("wb") as log:
        command = [str(spark / "bin" / words[0]), *extra, *words[1:]]
        return subprocess.Popen(command, cwd=folder, env=clean, stdout=log, stderr=log)


@pytest.mark.timeout(900)
def test_a_step_whose_driver_is_killed_gives_the_documents_of_a_local_run(
    whole: Path, yarn: Yarn, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    finite = ["--source", f"file:{events}", "--until-end"]
    local, cluster, checkpoint = tmp_path / "local", tmp_path / "cluster", tmp_path / "checkpoint"
    assert main(["run", str(ROOT / "kpi_defs"), *finite, "--sink", f"file:{local}"]) == 0
    ticks = ["--batch-records", str(EVENTS // 6), "--checkpoint", "s3://some-bucket/x"]
    words = step(whole, capsys, *finite, *ticks, "--sink", f"file:{cluster}")
    words[words.index("s3://some-bucket/x")] = str(checkpoint)
    submitted = launched(words, yarn, tmp_path)
    try:
        while len(list(checkpoint.glob("commits/*"))) < 1:
            assert submitted.poll() is None, (tmp_path / "submit.log").read_text()[-5000:]
            time.sleep(0.1)
        found = re.search(r"application_\d+_\d+", (tmp_path / "submit.log").read_text())
        assert found
        yarn.kill_master(found[0])
        code = submitted.wait(600)
    finally:
        submitted.kill()
    said = yarn.output(found[0])
    assert code == 0, said[-8000:]
    assert yarn.attempts(found[0]) == ["FAILED", "FINISHED"]
    assert f"{EVENTS:,} records in " in said
    assert documents(cluster) == documents(local)
