"""Bad records among good ones: no crash, nothing lost, nothing counted without a word; and the fence."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from framework.pipeline.bad import REASONS
from framework.state import Checkpoint, CheckpointError, Commit, FolderStore
from runners.driver import TickFailed
from tests.pipeline.events import BEGIN, Document, driver, outcome, run, written
from tests.pipeline.tiny import tiny

BAD = 1_000


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Definitions of a small world."""
    return tiny(tmp_path_factory.mktemp("tiny"))


def good(number: int) -> Document:
    """An event that counts."""
    moment = (BEGIN + timedelta(seconds=number / 10)).isoformat()
    return {"id": f"good-{number}", "ts": moment, "machine": "ABCD"[number % 4], "ms": number / 7}


def _with(**fields: object) -> Callable[[random.Random, Document], bytes]:
    return lambda pick, event: json.dumps(event | fields).encode()


def _without(name: str) -> Callable[[random.Random, Document], bytes]:
    return lambda pick, event: json.dumps({key: event[key] for key in event if key != name}).encode()


def _truncated(pick: random.Random, event: Document) -> bytes:
    text = json.dumps(event).encode()
    return text[: pick.randrange(1, len(text) - 1)]


def _not_utf8(pick: random.Random, event: Document) -> bytes:
    text = json.dumps(event).encode()
    return text.replace(b"good", bytes([pick.randrange(128, 192)]))


def _noise(pick: random.Random, event: Document) -> bytes:
    return b"#" + bytes(sign for sign in pick.randbytes(40) if sign not in b"\r\n")


def _raw(text: str) -> Callable[[random.Random, Document], bytes]:
    return lambda pick, event: text.encode()


KINDS: tuple[Callable[[random.Random, Document], bytes], ...] = (
    _truncated,
    _not_utf8,
    _noise,
    *(_without(name) for name in ("id", "ts", "machine")),
    *(_with(**{name: None}) for name in ("id", "ts", "machine")),
    *(_with(machine=value) for value in (7, True, ["A"], {"a": "A"})),
    *(_with(ms=value) for value in ("9", [], {}, True, 1e300, -(10**40), float("nan"), float("inf"))),
    *(_with(id=value) for value in (True, 1.5, [], {})),
    *(
        _with(ts=value)
        for value in (0, 1.5, True, "", "yesterday", "2026-13-01T00:00:00Z", "1969-12-31T23:59:59Z")
    ),
    *(
        _with(ts=value)
        for value in ("2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "2250-01-01T00:00:00Z", [])
    ),
    _with(ts="0001-01-01T00:00:00+23:59"),
    _with(ts="2026-01-01T00:00:00Z"),
    lambda pick, event: json.dumps(event).encode() * 2,
    lambda pick, event: json.dumps([event]).encode(),
    lambda pick, event: json.dumps(event)[:-1].encode() + b', "machine": 5}',
    lambda pick, event: b'{"deep": ' * pick.choice((50, 5_000)) + b"1",
    lambda pick, event: b"[" * 20_000 + b"]" * 20_000,
    lambda pick, event: json.dumps(event | {"ms": 0}).replace('"ms": 0', '"ms": 1e999999').encode(),
    *(
        _raw(text)
        for text in ("{}", "[]", "null", "true", "0", '"text"', "NaN", "-", "{,}", "\x00", "\ufeff{}")
    ),
)


def test_bad_records_become_dead_letters(small: Path, tmp_path: Path) -> None:
    pick = random.Random(3)
    records: list[bytes] = []
    wrong: dict[str, bytes] = {}
    for number in range(BAD):
        records.append(json.dumps(good(number)).encode())
        records.append(KINDS[number % len(KINDS)](pick, good(number)))
        wrong[str(len(records))] = records[-1]
    found = run(small, records, tmp_path, batch=800)
    letters = {letter["sequence"]: letter for letter in found.dead_letters}
    assert len(letters) == len(found.dead_letters) == BAD
    assert letters.keys() == wrong.keys()
    for sequence, letter in letters.items():
        assert letter["reason"] in REASONS and letter["detail"] and letter["shard"] == "events.ndjson"
        held = (
            letter["payload"].encode() if "payload" in letter else base64.b64decode(letter["payload_base64"])
        )
        assert held == wrong[sequence]
    assert {letter["reason"] for letter in letters.values()} == set(REASONS) - {"refused", "not_one_of"}
    assert found.total["records"] == 2 * BAD == found.total["events"] + len(letters)
    assert sum(count for name, count in found.total.items() if name.startswith("dead.")) == BAD
    counted = [document["kpi"] for document in found.documents if document["kpi"]["name"] == "seen"]
    assert sum(kpi["value"] for kpi in counted if kpi["level"] == "machine") == BAD


def test_a_second_run_of_a_checkpoint_is_told(small: Path, tmp_path: Path) -> None:
    source = written(tmp_path / "events", {"events": [json.dumps(good(1)).encode()]})
    first = driver(small, source, tmp_path)
    with pytest.raises(CheckpointError, match="in use by process"):
        driver(small, source, tmp_path)
    first.checkpoint.close()
    with pytest.raises(CheckpointError, match=r"is the checkpoint of pipeline 'tiny'.*another --checkpoint"):
        Checkpoint(FolderStore(tmp_path / "checkpoint"), "other")


def test_a_run_that_lost_its_tick_stops(small: Path, tmp_path: Path) -> None:
    source = written(tmp_path / "events", {"events": [json.dumps(good(1)).encode()]})
    one = driver(small, source, tmp_path)
    nothing = Commit.nothing(one.plan.digest)
    intent = one._next(nothing)
    assert intent is not None
    with pytest.raises(CheckpointError, match="written by another run: this one stops"):
        one._next(nothing)
    commit = one._execute(intent, nothing)
    with pytest.raises(CheckpointError, match="written by another run"):
        one.checkpoint.write_commit(commit)
    one.checkpoint.close()


def test_an_intent_that_was_not_committed_is_replayed(small: Path, tmp_path: Path) -> None:
    records = [json.dumps(good(number)).encode() for number in range(300)]
    expected = run(small, records, tmp_path / "whole", batch=100)
    source = tmp_path / "whole/events"
    one = driver(small, source, tmp_path, batch=100)

    def fails(tick: object) -> None:
        raise TickFailed("the executor is gone")

    one.executor.execute = fails  # type: ignore[method-assign]
    with pytest.raises(TickFailed):
        one.run()
    one.checkpoint.close()
    pending = one.checkpoint.pending(0)
    assert pending is not None and pending.ranges[0].count == 100
    # The batch that was named stands, whatever the next run would have taken.
    two = driver(small, source, tmp_path, batch=250, fresh=False)
    found = outcome(tmp_path, two.run())
    two.checkpoint.close()
    assert found.commit.number == 2
    assert (found.kpi, found.dead) == (expected.kpi, expected.dead)
