"""The Elasticsearch sink on a real node: templates, versions, what is refused, faults, a killed node."""

from __future__ import annotations

import json
import pickle
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from framework.sinks import Documents, Sink, SinkUnavailable, open_sink
from framework.sinks.elasticsearch import ElasticsearchSink, bulk, cluster
from tests.services.elasticsearch import Elasticsearch
from tests.services.proxy import Answer, Proxy, Request
from tests.sinks.made import START, definitions, documents, source


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that tests can afford."""
    monkeypatch.setattr(cluster, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(bulk, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(bulk, "LAST_WAIT", 1.0)


@pytest.fixture
def namespace() -> str:
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture
def proxy(elasticsearch: Elasticsearch) -> Iterator[Proxy]:
    one = Proxy(elasticsearch.url)
    yield one
    one.close()


def opened(url: str, namespace: str, folder: Path, patience: float = 60.0) -> Sink:
    sink = ElasticsearchSink(url, namespace, patience=patience)
    sink.setup(definitions(folder), fresh=True)
    again: Sink = pickle.loads(pickle.dumps(sink))
    return again


def found(node: Elasticsearch, namespace: str, kind: str = "kpi") -> dict[str, dict[str, Any]]:
    """Every document of a kind by its id."""
    node.call(f"sortline-{kind}-{namespace}/_refresh", "POST")
    hits = node.call(f"sortline-{kind}-{namespace}/_search?size=10000&version=true")["hits"]["hits"]
    return {hit["_id"]: hit for hit in hits}


def values(node: Elasticsearch, namespace: str) -> list[float]:
    return [hit["_source"]["kpi"]["value"] for _, hit in sorted(found(node, namespace).items())]


def test_templates_and_documents(elasticsearch: Elasticsearch, namespace: str, tmp_path: Path) -> None:
    sink = opened(elasticsearch.url, namespace, tmp_path)
    wanted = documents(range(30), days=3)
    assert sink.write(wanted, version=7, part="1-0-close") == []
    sink.finish()
    hits = found(elasticsearch, namespace)
    assert {hit["_index"] for hit in hits.values()} == {
        f"sortline-kpi-{namespace}-2026.11.{day}" for day in (24, 25, 26)
    }
    assert {name: hit["_source"] for name, hit in hits.items()} == {
        name: json.loads(text) for name, text in wanted.frame.select("id", "source").iter_rows()
    }
    assert {hit["_version"] for hit in hits.values()} == {7}
    fields = elasticsearch.call(f"sortline-kpi-{namespace}/_field_caps?fields=*")["fields"]
    types = {name: next(iter(caps)) for name, caps in fields.items() if not name.startswith("_")}
    assert types["@timestamp"] == types["kpi.window.start"] == types["kpi.window.end"] == "date"
    assert types["kpi.value"] == types["kpi.parts.mean_watts"] == types["kpi.parts.count"] == "double"
    assert types["dimensions.meter"] == types["dimensions.hall"] == types["kpi.name"] == "keyword"
    assert (types["dimensions.phase"], types["dimensions.floor"]) == ("long", "double")
    assert types["dimensions.cooled"] == types["kpi.final"] == "boolean"


def test_unknown_fields_are_kept_and_not_indexed(
    elasticsearch: Elasticsearch, namespace: str, tmp_path: Path
) -> None:
    sink = opened(elasticsearch.url, namespace, tmp_path)
    rows = [source(n, START, 1.0, **{f"extra{n}": {"deep": n}}) for n in range(3)]
    parts = {f"part{n}": n for n in range(1_500)}  # more than an index takes: left out, not refused
    rows[0]["kpi"]["parts"] = parts
    frame = pl.DataFrame({"id": ["a", "b", "c"], "time": [START] * 3, "source": list(map(json.dumps, rows))})
    assert sink.write(Documents("kpi", frame), version=1, part="1") == []
    hits = found(elasticsearch, namespace)
    assert hits["a"]["_source"] == rows[0] and hits["b"]["_source"]["extra1"] == {"deep": 1}
    assert "extra1.deep" not in elasticsearch.call(f"sortline-kpi-{namespace}/_field_caps?fields=*")["fields"]


def test_new_fields_reach_the_indices_there_are(
    elasticsearch: Elasticsearch, namespace: str, tmp_path: Path
) -> None:
    opened(elasticsearch.url, namespace, tmp_path).write(documents(range(1)), version=1, part="1")
    before = definitions(tmp_path)
    (tmp_path / "more.yaml").write_text("zones: sides\nassign:\n  - {meter: '*', set: {side: left}}\n")
    sink = ElasticsearchSink(elasticsearch.url, namespace)
    from framework.definitions import load

    after, _, _ = load(tmp_path)
    assert after is not None and before.dimensions != after.dimensions
    sink.setup(after, fresh=False)
    mapping = elasticsearch.call(f"sortline-kpi-{namespace}/_mapping")
    fields = next(iter(mapping.values()))["mappings"]["properties"]["dimensions"]["properties"]
    assert fields["side"]["type"] == "keyword"


def test_a_replay_changes_nothing_and_a_stale_writer_loses(
    elasticsearch: Elasticsearch, namespace: str, tmp_path: Path
) -> None:
    sink = opened(elasticsearch.url, namespace, tmp_path)
    for version, value in [(5, 5.0), (5, 5.0), (6, 6.0), (4, 4.0)]:
        assert sink.write(documents(range(3), value), version=version, part=str(version)) == []
    assert values(elasticsearch, namespace) == [6.0] * 3


def test_what_is_refused_comes_back_with_the_reason(
    elasticsearch: Elasticsearch, namespace: str, tmp_path: Path
) -> None:
    sink = opened(elasticsearch.url, namespace, tmp_path)
    good, bad = documents(range(3)), documents(range(3, 5), "not a number")
    refused = sink.write(Documents("kpi", pl.concat([good.frame, bad.frame])), version=1, part="1")
    assert [one.id for one in refused] == bad.frame["id"].to_list()
    assert [one.source for one in refused] == bad.frame["source"].to_list()
    assert "failed to parse field [kpi.value] of type [double]" in refused[0].reason
    assert len(found(elasticsearch, namespace)) == 3


def test_a_payload_of_any_length(elasticsearch: Elasticsearch, namespace: str, tmp_path: Path) -> None:
    sink = opened(elasticsearch.url, namespace, tmp_path)
    letter = {"@timestamp": START // 1_000, "deadletter": {"reason": "not_json", "payload": "x" * 1_500_000}}
    frame = pl.DataFrame({"id": ["a"], "time": [START], "source": [json.dumps(letter)]})
    assert sink.write(Documents("deadletter", frame), version=1, part="1") == []
    assert len(found(elasticsearch, namespace, "deadletter")) == 1


def test_what_is_too_large_is_split_then_refused(
    elasticsearch: Elasticsearch, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = opened(elasticsearch.url, namespace, tmp_path)
    monkeypatch.setattr("framework.sinks.elasticsearch.sink.chunks", lambda sent: [sent])
    rows = [
        json.dumps(source(n, START, 1.0, pad="x" * size))
        for n, size in enumerate([3_000_000] * 4 + [9_000_000])
    ]
    frame = pl.DataFrame({"id": list("abcde"), "time": [START] * 5, "source": rows})
    refused = sink.write(Documents("kpi", frame), version=1, part="1")
    assert [one.id for one in refused] == ["e"] and "larger than Elasticsearch takes" in refused[0].reason
    assert sorted(found(elasticsearch, namespace)) == list("abcd")


def test_chunks_by_bytes() -> None:
    frame = pl.DataFrame({"line": ["x" * size for size in (4, 4, 4, 50, 1, 1, 10)]})
    assert [part["line"].str.len_bytes().to_list() for part in bulk.chunks(frame, 10)] == [
        [4, 4],
        [4],
        [50],
        [1, 1],
        [10],
    ]


def test_namespaces_that_begin_alike(elasticsearch: Elasticsearch, namespace: str, tmp_path: Path) -> None:
    for name in (namespace, f"{namespace}-eu"):
        opened(elasticsearch.url, name, tmp_path).write(documents(range(2)), version=1, part="1")
    assert len(found(elasticsearch, namespace)) == 2
    assert set(elasticsearch.call(f"_alias/sortline-kpi-{namespace}-eu")) == {
        f"sortline-kpi-{namespace}-eu-2026.11.24"
    }


ERROR = b'{"error": {"type": "x", "reason": "because"}, "status": 0}'


def busy(request: Request) -> Answer | None:
    return Answer(429, ERROR)


def broken(request: Request) -> Answer | None:
    return Answer(503, ERROR)


def cut_before(request: Request) -> Answer | None:
    return None


def cut_after(request: Request) -> Answer | None:
    request.forward(request.body)
    return None


def some_items(request: Request) -> Answer | None:
    """Half of the documents do not fit into the node's queue."""
    lines = request.body.splitlines(keepends=True)
    pairs = [lines[at : at + 2] for at in range(0, len(lines), 2)]
    taken = json.loads(request.forward(b"".join(b"".join(pair) for pair in pairs[::2])).body)
    items = iter(taken.get("items", []))
    rejected = {
        "index": {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "full"}}
    }
    answers = [next(items) if place % 2 == 0 else rejected for place in range(len(pairs))]
    return Answer(200, json.dumps({"errors": True, "items": answers}).encode())


@pytest.mark.parametrize(
    "fault", [busy, broken, cut_before, cut_after, some_items], ids=lambda fault: fault.__name__
)
def test_faults_that_pass(
    elasticsearch: Elasticsearch, proxy: Proxy, namespace: str, tmp_path: Path, fault: Any
) -> None:
    sink = opened(proxy.url, namespace, tmp_path)
    met = iter(range(100))

    def sometimes(request: Request) -> Answer | None:
        at_fault = request.path.startswith("/_bulk") and next(met) < 3
        return fault(request) if at_fault else request.forward(request.body)

    proxy.fault = sometimes
    assert sink.write(documents(range(50)), version=1, part="1") == []
    assert next(met) >= 4
    assert len(found(elasticsearch, namespace)) == 50


FINAL = {
    401: "does not know us: set ELASTICSEARCH_API_KEY",
    403: r"does not allow it \(because\): give the user or API key",
    404: "answers 404: because",
}


@pytest.mark.parametrize("status", FINAL)
def test_faults_that_do_not_pass(proxy: Proxy, namespace: str, tmp_path: Path, status: int) -> None:
    sink = opened(proxy.url, namespace, tmp_path)
    proxy.fault = lambda request: Answer(status, ERROR)
    with pytest.raises(SinkUnavailable, match=FINAL[status]):
        sink.write(documents(range(2)), version=1, part="1")
    with pytest.raises(SinkUnavailable, match=FINAL[status]):
        opened(proxy.url, namespace, tmp_path)


def test_what_is_no_documents_fault(elasticsearch: Elasticsearch, namespace: str, tmp_path: Path) -> None:
    sink = opened(elasticsearch.url, namespace, tmp_path)
    sink.write(documents(range(1)), version=1, part="1")
    elasticsearch.call(f"sortline-kpi-{namespace}-*/_settings", "PUT", {"index.blocks.write": True})
    with pytest.raises(SinkUnavailable, match=r"takes no documents: .*blocked"):
        sink.write(documents(range(1)), version=2, part="2")


def test_patience_ends(proxy: Proxy, namespace: str, tmp_path: Path) -> None:
    sink = opened(proxy.url, namespace, tmp_path, patience=0.3)
    proxy.fault = busy
    with pytest.raises(SinkUnavailable, match="answers 429: because"):
        sink.write(documents(range(2)), version=1, part="1")
    proxy.close()
    with pytest.raises(SinkUnavailable, match=r"is out of reach .*: see that it is up"):
        sink.write(documents(range(2)), version=1, part="1")


def test_a_node_that_is_killed_in_the_midst(
    elasticsearch: Elasticsearch, namespace: str, tmp_path: Path
) -> None:
    sink = opened(elasticsearch.url, namespace, tmp_path, patience=120.0)
    refused: list[Any] = []

    def write() -> None:
        for part in range(40):
            refused.extend(
                sink.write(documents(range(100 * part, 100 * part + 100)), version=1, part=str(part))
            )
            time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.4)
    elasticsearch.kill()
    elasticsearch.start()
    writer.join(120)
    assert not writer.is_alive() and refused == []
    assert len(found(elasticsearch, namespace)) == 4_000


@pytest.mark.parametrize(
    ("url", "nodes"),
    [
        ("localhost", ("http://localhost:9200",)),
        ("https://es.example", ("https://es.example:443",)),
        ("http://a:1, http://b:2/path/", ("http://a:1", "http://b:2/path")),
        ("${ES_TEST_URL}", ("http://c:3",)),
        ("https://user:p%40ss@d:4", ("https://d:4",)),
    ],
)
def test_addresses(url: str, nodes: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ES_TEST_URL", "http://c:3")
    monkeypatch.setenv("ELASTICSEARCH_API_KEY", "secret-key")
    one = cluster.Cluster.at(url)
    assert one.nodes == nodes
    assert one.user == (("user", "p@ss") if "user" in url else None)
    assert one.api_key == "secret-key"
    assert not {"secret-key", "p@ss"} & set(f"{one!r} {one}".split())
    assert "secret" not in f"{one!r} {one}" and "p@ss" not in repr(one)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("${ES_NOT_SET}", "needs the environment variable ES_NOT_SET: set it"),
        ("ftp://user:secret@host", "'ftp://host' is no address"),
        ("http://:9200", "is no address of Elasticsearch: write https://HOST:PORT"),
        ("http://host:port", "is no address"),
    ],
)
def test_what_is_no_address(url: str, message: str) -> None:
    with pytest.raises(SinkUnavailable, match=message) as caught:
        open_sink(f"elasticsearch:{url}", namespace="test")
    assert "secret" not in str(caught.value)


def test_what_is_no_namespace() -> None:
    with pytest.raises(SinkUnavailable, match="'Prod' is no namespace"):
        open_sink("elasticsearch:localhost", namespace="Prod")
