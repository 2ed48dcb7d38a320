"""Spark gives the very documents that the local runner gives, whatever the batches, shards and executors."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pytest

from framework.sources.writer import KinesisWriter
from tests.pipeline.events import parcels, world
from tests.services.elasticsearch import Elasticsearch
from tests.services.kinesis import Kinesis
from tests.services.spark import Cluster
from tests.spark.running import LOCAL, REPOSITORY, by_id, left, on_cluster, readings, shards, sortline

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def parcel_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Definitions, and events in three shards: late, repeated and bad ones among them."""
    folder = tmp_path_factory.mktemp("parcels")
    return world(folder / "kpi_defs"), shards(folder / "events", parcels(9_000, seed=3), 3)


@pytest.fixture(scope="module")
def expected(parcel_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What the local runner makes of them."""
    out = tmp_path_factory.mktemp("local")
    run_files(parcel_files, out, [])
    texts = left(out)
    assert len(texts[0]) > 1_000 and texts[1] and texts[2]
    return texts


def test_in_one_process(parcel_files: tuple[Path, Path], expected: list[list[str]], tmp_path: Path) -> None:
    run_files(parcel_files, tmp_path, LOCAL)
    assert left(tmp_path) == expected


def test_on_executors_of_their_own(
    parcel_files: tuple[Path, Path], expected: list[list[str]], cluster: Cluster, tmp_path: Path
) -> None:
    run_files(parcel_files, tmp_path, [*on_cluster(cluster.master), "--partitions", "5"], batch=700)
    assert left(tmp_path) == expected
    assert len(cluster.work()) >= 2


@pytest.mark.parametrize("world_of", ["parcels", "roads"])
@pytest.mark.parametrize("where", ["one process", "executors"])
def test_kinesis_into_elasticsearch(
    kinesalite: Kinesis,
    elasticsearch: Elasticsearch,
    cluster: Cluster,
    tmp_path: Path,
    world_of: str,
    where: str,
) -> None:
    definitions, records = tmp_path / "definitions", readings(3_000)
    if world_of == "parcels":
        world(definitions)
        records = parcels(2_500, seed=8)
    else:
        shutil.copytree(REPOSITORY / "examples/roads", definitions)
    stream = f"spark-{uuid.uuid4().hex[:8]}"
    writer = KinesisWriter(stream, endpoint_url=kinesalite.url)
    writer.ensure_stream(1)  # one shard: the order of the records is the same for both runs
    for first in range(0, len(records), 500):
        writer.put([("all", record) for record in records[first : first + 500]])
    found = []
    for runner in ([], LOCAL if where == "one process" else on_cluster(cluster.master)):
        namespace = f"spark{uuid.uuid4().hex[:8]}"
        pipeline = definitions / "pipeline.yaml"
        lines = pipeline.read_text().splitlines()[:-1]
        sink = f'sink: {{elasticsearch: {{url: "{elasticsearch.url}", namespace: {namespace}}}}}'
        pipeline.write_text("\n".join([*lines, sink]) + "\n")
        done = sortline(
            "run", str(definitions), "--source", f"kinesis:{stream}", "--endpoint-url", kinesalite.url,
            "--checkpoint", str(tmp_path / namespace), "--batch-records", "900", "--interval", "0",
            "--until-caught-up", *runner,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        elasticsearch.call(f"sortline-*-{namespace}*/_refresh", "POST")
        documents = by_id(elasticsearch.documents(f"sortline-kpi-{namespace}"))
        letters = elasticsearch.documents(f"sortline-deadletter-{namespace}")
        alerts = by_id(elasticsearch.documents(f"sortline-alert-{namespace}"))
        told = sorted((one["deadletter"]["reason"], one["deadletter"]["payload"]) for one in letters)
        found.append((documents, told, alerts))
    assert len(found[0][0]) > 200 and found[0][1]
    assert found[0][2] or world_of == "roads"
    assert found[1] == found[0]


def run_files(place: tuple[Path, Path], out: Path, runner: list[str], batch: int = 2_000) -> None:
    """One run over the files, to their end."""
    definitions, events = place
    done = sortline(
        "run", str(definitions), "--source", f"file:{events}", "--sink", f"file:{out}", "--until-end",
        "--batch-records", str(batch), *runner,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "records in" in done.stdout
