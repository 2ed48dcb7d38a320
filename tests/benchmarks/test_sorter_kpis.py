"""The corpus of sorters: its KPIs are those that the pipeline computes from the same events."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from benchmarks.sorters.kpis import KPIS, figures, rejections
from benchmarks.sorters.plants import MINUTE, ROOT, shipped
from framework.cli.main import main
from framework.definitions.durations import moment
from framework.sources.simulator import Plant
from tests.benchmarks.events import counted, lines_of

BEGIN = moment("2026-10-05T08:00:00Z")
MINUTES = 10


@pytest.fixture(scope="module")
def plant():
    return Plant(shipped(), BEGIN, 3, only={"site": ["ULM"]})


@pytest.fixture(scope="module")
def lines(plant):
    return lines_of(plant, MINUTES)


@pytest.fixture(scope="module")
def counts(plant, lines):
    return counted(lines, [one["machine_id"] for one in plant.entities], BEGIN, MINUTES)


@pytest.fixture(scope="module")
def documents(lines, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (folder / "events.ndjson").write_text("".join(f"{line}\n" for line in lines))
    source, sink = f"file:{folder / 'events.ndjson'}", f"file:{folder / 'out'}"
    assert main(["run", str(ROOT / "kpi_defs"), "--source", source, "--sink", sink, "--until-end"]) == 0
    return [json.loads(line) for line in (folder / "out" / "kpi.ndjson").read_text().splitlines()]


# Utilisation is of machines alone.
PLACES = [(name, level) for name in KPIS for level in ("machine", "site")]


@pytest.mark.parametrize(("name", "level"), [one for one in PLACES if one != ("utilisation", "site")])
def test_values_are_the_pipelines(plant, counts, documents, name, level):
    machines = pl.DataFrame({"machine_id": [one["machine_id"] for one in plant.entities]})
    keys = machines if level == "machine" else pl.DataFrame({"site": ["ULM"]})
    rated = np.array([float(one["rated_per_hour"]) for one in plant.entities])
    here = counts if level == "machine" else counts.at_sites(np.zeros(len(machines), dtype=np.int64), 1)
    starts = BEGIN + np.arange(MINUTES) * MINUTE
    ours = {
        (row[0], row[1]): row[2:]
        for row in figures(name, here, starts, rated)
        .frame(keys)
        .select(keys.columns[0], "@start", "value", "numerator", "denominator")
        .iter_rows()
    }
    theirs = {}
    for one in documents:
        kpi = one["kpi"]
        if (
            kpi["name"] == name
            and kpi["level"] == level
            and _key(one, keys.columns[0]) in set(keys.to_series())
        ):
            parts = kpi["parts"] if "numerator" in kpi["parts"] else {}
            found = (kpi["value"], parts.get("numerator"), parts.get("denominator"))
            theirs[_key(one, keys.columns[0]), _time(one)] = found
    assert set(ours) <= set(theirs)
    for key, found in ours.items():
        assert found == pytest.approx(theirs[key]), key


def test_rejections_are_the_pipelines(plant, counts, documents):
    keys = pl.DataFrame({"machine_id": [one["machine_id"] for one in plant.entities]})
    starts = BEGIN + np.arange(MINUTES) * MINUTE
    frame = rejections(counts, starts, keys).select("machine_id", "reject_reason", "@start", "value")
    ours = {row[:3]: row[3] for row in frame.iter_rows()}
    theirs = {
        (_key(one, "machine_id"), _key(one, "reject_reason"), _time(one)): one["kpi"]["value"]
        for one in documents
        if one["kpi"]["name"] == "rejections"
        and one["kpi"]["level"] == "machine+reject_reason"
        and one["kpi"]["value"]
    }
    last = BEGIN + MINUTES * MINUTE
    assert ours == {key: value for key, value in theirs.items() if key[2] < last}


def _key(document: dict, field: str) -> str | None:
    return document["dimensions"].get(field)


def _time(document: dict) -> int:
    moment = pl.Series([document["@timestamp"]]).str.to_datetime(time_zone="UTC")
    return int(moment.dt.epoch("us")[0])
