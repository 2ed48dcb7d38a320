"""A live stream into a real node gives the very documents that a file gives."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from framework.cli.main import main
from framework.sources.writer import KinesisWriter
from tests.pipeline.events import parcels, run, world
from tests.services.elasticsearch import Elasticsearch
from tests.services.kinesis import Kinesis

A_CALL = 500  # records of one call to Kinesis: those of several calls may overtake one another


@pytest.mark.timeout(400)
def test_kinesis_into_elasticsearch_equals_the_file(
    kinesalite: Kinesis, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    definitions = world(tmp_path / "kpi_defs")
    pipeline = definitions / "pipeline.yaml"
    namespace = f"live{uuid.uuid4().hex[:6]}"
    pipeline.write_text(pipeline.read_text().replace("namespace: prod", f"namespace: {namespace}"))
    records = parcels(3_000, seed=5)
    expected = run(definitions, records, tmp_path / "file")
    stream = f"live-{namespace}"
    writer = KinesisWriter(stream, endpoint_url=kinesalite.url)
    writer.ensure_stream(1)  # one shard, as the file is one
    for first in range(0, len(records), A_CALL):
        writer.put([("all", record) for record in records[first : first + A_CALL]])
    arguments = [
        "run", str(definitions), "--source", f"kinesis:{stream}", "--endpoint-url", kinesalite.url,
        "--sink", f"elasticsearch:{elasticsearch.url}", "--checkpoint", str(tmp_path / "checkpoint"),
        "--batch-records", "700", "--interval", "0", "--until-caught-up",
    ]  # fmt: skip
    assert main(arguments) == 0
    elasticsearch.call(f"sortline-*-{namespace}*/_refresh", "POST")
    found = {document["_id"]: document for document in elasticsearch.documents(f"sortline-kpi-{namespace}")}
    wanted = {document["_id"]: document for document in expected.documents}
    assert len(wanted) > 1_000
    assert found.keys() == wanted.keys()
    assert [found[key] for key in wanted if found[key] != wanted[key]] == []
    letters = elasticsearch.documents(f"sortline-deadletter-{namespace}")
    told = sorted((one["deadletter"]["reason"], one["deadletter"]["payload"]) for one in letters)
    assert told == sorted((one["reason"], one["payload"]) for one in expected.dead_letters)
    # Nothing is new: the same command again changes nothing.
    assert main(arguments) == 0
    elasticsearch.call(f"sortline-*-{namespace}*/_refresh", "POST")
    again = {document["_id"]: document for document in elasticsearch.documents(f"sortline-kpi-{namespace}")}
    assert again == found
