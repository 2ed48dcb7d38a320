"""Road sensors: real recordings from files, and through Kinesis into Elasticsearch, equal DuckDB's answer."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from framework.sources.writer import KinesisWriter
from tests.examples.roads_answer import Answer, Key, answer
from tests.services.elasticsearch import Elasticsearch
from tests.services.kinesis import Kinesis

REPOSITORY = Path(__file__).parents[2]
ROADS = REPOSITORY / "examples/roads"
LEVELS = {
    "sensor": ["sensor"],
    "corridor": ["corridor"],
    "area": ["area"],
    "corridor+quantity": ["corridor", "quantity"],
}
TOLERANCES = {"travel_time_p90": 0.01}
TOLERANCE = 1e-9
A_CALL = 500  # records of one call to Kinesis; those of several calls at once may overtake one another

Document = dict[str, Any]


@pytest.fixture(scope="module")
def recordings() -> Path:
    """The folder of the recordings. It is no part of the project, so a machine without it skips, CI too."""
    benchmark = Path(os.environ.get("SORTLINE_NAB") or REPOSITORY.parent / "shared/nab")
    if not benchmark.exists():
        pytest.skip(f"the Numenta Anomaly Benchmark is not at {benchmark}: set SORTLINE_NAB")
    return benchmark / "data/realTraffic"


@pytest.fixture(scope="module")
def expected(recordings: Path) -> Answer:
    """DuckDB's answer."""
    return answer(recordings)


@pytest.fixture(scope="module")
def events(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recordings as events."""
    path = tmp_path_factory.mktemp("roads") / "events.ndjson"
    called(sys.executable, str(ROADS / "convert.py"), str(recordings), str(path))
    return path


def test_the_events_are_the_readings_in_the_order_of_time(events: Path, expected: Answer) -> None:
    found = [json.loads(line) for line in events.read_text().splitlines()]
    assert len(found) == len({event["event_id"] for event in found}) == expected.readings > 15_000
    times = [event["timestamp"] for event in found]
    assert times == sorted(times)


@pytest.mark.parametrize("batch", [1_000, 1_000_000])
def test_files_give_the_answer(events: Path, expected: Answer, tmp_path: Path, batch: int) -> None:
    out = tmp_path / "out"
    sortline(
        "run", str(ROADS), "--source", f"file:{events}", "--sink", f"file:{out}", "--until-end",
        "--batch-records", str(batch),
    )  # fmt: skip
    assert (out / "deadletters.ndjson").read_text() == ""
    documents = [json.loads(line) for line in (out / "kpi.ndjson").read_text().splitlines()]
    assert all(document["kpi"]["final"] for document in documents)
    equal(documents, expected)


@pytest.mark.timeout(600)
def test_kinesis_into_elasticsearch_gives_the_answer(
    events: Path, expected: Answer, kinesalite: Kinesis, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    stream = f"roads-{uuid.uuid4().hex[:8]}"
    writer = KinesisWriter(stream, endpoint_url=kinesalite.url)
    writer.ensure_stream(2)
    lines = events.read_bytes().splitlines()
    keyed = [(json.loads(line)["sensor"], line) for line in lines]
    for first in range(0, len(keyed), A_CALL):
        writer.put(keyed[first : first + A_CALL])
    # The second run finds both shards at rest, and closes what is still open.
    for _ in range(2):
        sortline(
            "run", str(ROADS), "--source", f"kinesis:{stream}", "--endpoint-url", kinesalite.url,
            "--sink", f"elasticsearch:{elasticsearch.url}", "--checkpoint", str(tmp_path / "checkpoint"),
            "--batch-records", "4000", "--interval", "0.1", "--until-caught-up",
        )  # fmt: skip
    elasticsearch.call("sortline-*-roads*/_refresh", "POST")
    assert not list(elasticsearch.documents("sortline-deadletter-roads*"))
    documents = list(elasticsearch.documents("sortline-kpi-roads"))
    assert all(document["kpi"]["final"] for document in documents)
    equal(documents, expected)


def equal(documents: Iterable[Document], expected: Answer) -> None:
    """The documents are those of the answer, each once, and every value is equal within its tolerance."""
    found: dict[Key, float | None] = {}
    for document in documents:
        kpi, dimensions = document["kpi"], document["dimensions"]
        identity = tuple(dimensions[name] for name in LEVELS[kpi["level"]])
        key = (kpi["name"], kpi["level"], identity, kpi["window"]["start"])
        assert key not in found
        found[key] = kpi["value"]
    assert not sorted(found.keys() - expected.values.keys())[:5]
    assert not sorted(expected.values.keys() - found.keys())[:5]
    wrong = [
        (key, found[key], value)
        for key, value in expected.values.items()
        if not close(found[key], value, TOLERANCES.get(key[0], TOLERANCE))
    ]
    assert not wrong[:5]


def close(found: float | None, value: float | None, tolerance: float) -> bool:
    """Whether two values are equal; null equals null alone."""
    if found is None or value is None:
        return found is value
    return math.isclose(found, value, rel_tol=tolerance, abs_tol=1e-12)


def sortline(*arguments: str) -> None:
    """The command line in a process of its own."""
    called(sys.executable, "-c", "import sys; from framework.cli import main; sys.exit(main())", *arguments)


def called(*command: str) -> None:
    """A command that must end well."""
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
