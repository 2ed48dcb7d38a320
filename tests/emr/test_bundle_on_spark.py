"""The bundle on a standalone cluster, by `spark-submit`, from the archive alone: the same documents."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.cli.main import main
from tests.emr.conftest import ROOT
from tests.services.fixtures import present
from tests.services.spark import Cluster, environment

EVENTS = 6_000


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A master and two workers that know nothing of this folder."""
    started = Cluster(tmp_path_factory.mktemp("spark"))
    present(started.start)
    yield started
    started.stop()


@pytest.mark.timeout(600)
def test_the_bundle_alone_gives_the_documents_of_a_local_run(
    whole: Path, cluster: Cluster, tmp_path: Path
) -> None:
    events = tmp_path / "events"
    events.mkdir()
    for shard in (1, 2):
        place = ["--to", f"file:{events / f'{shard}.ndjson'}", "--seed", str(shard)]
        size = ["--events", str(EVENTS // 2), "--start", "2026-10-01T08:00:00Z"]
        assert main(["simulate", str(ROOT / "kpi_defs"), *place, *size]) == 0
    options = ["--source", f"file:{events}", "--until-end", "--batch-records", str(EVENTS // 8)]
    assert main(["run", str(ROOT / "kpi_defs"), *options, "--sink", f"file:{tmp_path / 'local'}"]) == 0
    elsewhere = tmp_path / "elsewhere"
    for name in ("definitions", "environment"):
        (elsewhere / name).mkdir(parents=True)
        archive = str(whole / f"{name}.tar.gz")
        subprocess.run(["tar", "-xzf", archive, "-C", str(elsewhere / name)], check=True)
    spark = environment()
    # The driver runs beside the unpacked archive; executors get it sent, and nothing else.
    settings = {
        "spark.sortline.worker": "./environment/bin/sortline-worker",
        "spark.pyspark.python": "./environment/bin/python",
        "spark.pyspark.driver.python": str(elsewhere / "environment/bin/python"),
        "spark.executor.memory": "1g",
        "spark.cores.max": "2",
        "spark.driver.host": "127.0.0.1",
    }
    confs = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    done = subprocess.run(
        [
            f"{spark['SPARK_HOME']}/bin/spark-submit", "--master", cluster.master,
            "--jars", str(whole / "spark-runner.jar"),
            "--archives", f"{whole / 'environment.tar.gz'}#environment", *confs,
            str(whole / "main.py"), "run", "definitions", "--runner", "spark", *options,
            "--sink", f"file:{tmp_path / 'spark'}", "--checkpoint", str(tmp_path / "checkpoint"),
        ],
        cwd=elsewhere,
        env={"PATH": "/usr/bin:/bin", "HOME": str(elsewhere), **spark},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-5000:]
    assert f"{EVENTS:,} records in" in done.stdout
    wanted = sorted((tmp_path / "local/kpi.ndjson").read_text().splitlines())
    assert sorted((tmp_path / "spark/kpi.ndjson").read_text().splitlines()) == wanted
    folders = cluster.work()
    assert len(folders) == 2
    assert all((folder / "environment/bin/sortline-worker").is_file() for folder in folders)
