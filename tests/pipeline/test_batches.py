"""The same events give the same documents, in whatever batches and partitions they are counted."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.pipeline.events import BEGIN, Outcome, parcels, run, world
from tests.pipeline.tiny import tiny

RECORDS = 5_200


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped definitions, with fewer machines."""
    return world(tmp_path_factory.mktemp("definitions") / "kpi_defs")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Definitions of a small world."""
    return tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def whole(definitions: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """All events in one batch."""
    return run(definitions, parcels(RECORDS, seed=1), tmp_path_factory.mktemp("whole"))


def test_the_events_show_what_they_should(whole: Outcome) -> None:
    revisions = {document["kpi"]["revision"] for document in whole.documents}
    assert whole.total["duplicates"] > 50 and whole.total["dead.too_late"] > 20
    assert len(revisions) > 3 and whole.commit.number == 1
    assert all(document["kpi"]["final"] for document in whole.documents)
    assert {document["kpi"]["name"] for document in whole.documents} >= {"throughput", "transit_p95"}


@pytest.mark.parametrize("batch", [100, 5_000])
def test_batches_change_nothing(definitions: Path, whole: Outcome, tmp_path: Path, batch: int) -> None:
    same(run(definitions, parcels(RECORDS, seed=1), tmp_path, batch=batch), whole)


def test_large_batches_change_nothing(small: Path, tmp_path: Path) -> None:
    records = [
        event(n * 0.06 - 45 * (n % 11 == 0), "ABCD"[n % 4], n - n % 17 // 16, n % 97) for n in range(12_000)
    ]
    found = [run(small, records, tmp_path / str(batch), batch=batch) for batch in (700, 5_000, 500_000)]
    assert [one.commit.number for one in found] == [18, 3, 1]
    assert found[0].total["duplicates"] > 500
    for one in found[1:]:
        same(one, found[0])


def test_partitions_change_nothing(definitions: Path, whole: Outcome, tmp_path: Path) -> None:
    same(run(definitions, parcels(RECORDS, seed=1), tmp_path, batch=1_500, partitions=3), whole)


def test_batches_of_several_shards_change_nothing(definitions: Path, tmp_path: Path) -> None:
    shards = {f"shard-{n}": parcels(400 + 100 * n, seed=n, minutes=12 + n) for n in range(3)}
    found = [run(definitions, shards, tmp_path / str(batch), batch=batch) for batch in (150, 350, 500_000)]
    for one in found[1:]:
        same(one, found[0])


_EVENTS = st.lists(
    st.tuples(
        st.integers(0, 18).map(lambda ten: ten * 10),
        st.sampled_from("ABCD"),
        st.integers(0, 12),
        st.none() | st.integers(0, 9),
    ),
    min_size=1,
    max_size=12,
)


# A run takes about a second, so a failure is shown as found: to shrink it would take many minutes.
@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(events=_EVENTS, batch=st.integers(1, 6))
def test_any_events_in_any_batches(
    small: Path, events: list[tuple[int, str, int, int | None]], batch: int
) -> None:
    records = [event(*one) for one in events]
    with TemporaryDirectory() as place:
        one = run(small, records, Path(place, "one"))
        same(run(small, records, Path(place, "many"), batch=batch), one)
        assert one.total["records"] == len(records) == one.total["events"] + len(one.dead_letters)


def event(second: float, machine: str, number: int, ms: float | None) -> bytes:
    """A record of the small world."""
    moment = (BEGIN + timedelta(seconds=second)).isoformat()
    return json.dumps({"id": f"e{number}", "ts": moment, "machine": machine, "ms": ms}).encode()


def same(found: Outcome, expected: Outcome) -> None:
    """The files of two runs are equal to the byte, and so are the records they counted."""
    assert found.dead == expected.dead
    assert found.kpi == expected.kpi
    for total in ("records", "events", "duplicates"):
        assert found.total.get(total, 0) == expected.total.get(total, 0)
