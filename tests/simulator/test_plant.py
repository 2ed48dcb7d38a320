"""The simulator: the same seed gives the same bytes, and what it says went wrong did go wrong."""

from __future__ import annotations

import itertools
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from framework.cli.main import main
from framework.definitions import load
from framework.definitions.durations import moment
from framework.sources.simulator import Plant, SimulationError

ROOT = Path(__file__).resolve().parents[2]
BEGIN = moment("2026-10-05T08:00:00Z")
MINUTE = 60_000_000


@pytest.fixture(scope="module")
def definitions():
    loaded, *_ = load(ROOT / "kpi_defs")
    assert loaded is not None
    return loaded


def events(plant: Plant, minutes: int) -> list[dict]:
    stretches = itertools.islice(plant.stretches(), minutes)
    return [json.loads(line) for records in stretches for line in records.frame["line"]]


def test_the_same_seed_gives_the_same_bytes(definitions):
    texts = [
        [records.text() for records in itertools.islice(Plant(definitions, BEGIN, seed).stretches(), 2)]
        for seed in (7, 7, 8)
    ]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_a_site_that_stops_sends_no_new_parcels(definitions):
    plant = Plant(definitions, BEGIN, 1, only={"site": ["BRE"]})
    stop = next(one for one in plant.incidents if one.name == "site_stops")
    starts = Counter(event["ts"][:16] for event in events(plant, 20) if event["event_type"] == "inducted")
    assert stop.start == BEGIN + 15 * MINUTE
    assert min(starts[f"2026-10-05T08:{minute:02d}"] for minute in range(14)) > 100
    assert sum(starts[f"2026-10-05T08:{minute:02d}"] for minute in range(15, 20)) == 0


def test_a_burst_of_rejects_is_there_while_it_lasts(definitions):
    plant = Plant(definitions, BEGIN, 2, only={"machine_id": ["PSM-0207"]})
    by_minute: dict[str, Counter] = {}
    for event in events(plant, 19):
        by_minute.setdefault(event["ts"][:16], Counter())[event["event_type"]] += 1

    def share(minutes: range) -> float:
        whole = sum((by_minute[f"2026-10-05T08:{minute:02d}"] for minute in minutes), Counter())
        return whole["rejected"] / (whole["rejected"] + whole["sorted"])

    assert share(range(1, 7)) < 0.08
    assert share(range(10, 17)) > 0.2


def test_records_come_late_twice_and_spoilt_as_asked_for(definitions):
    plant = Plant(definitions, BEGIN, 3, only={"site": ["BER"]}, bad=0.01)
    lines = [line for records in itertools.islice(plant.stretches(), 5) for line in records.frame["line"]]
    good = []
    for line in lines:
        try:
            good.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    ids = Counter(event["event_id"] for event in good)
    assert 0.005 < 1 - len(good) / len(lines) < 0.02
    assert 0.001 < sum(count > 1 for count in ids.values()) / len(ids) < 0.006
    times = [event["ts"] for event in good]
    assert times != sorted(times)


def test_nothing_that_fits_is_told(definitions):
    with pytest.raises(SimulationError, match="nothing fits"):
        Plant(definitions, BEGIN, only={"site": ["XXX"]})


def test_simulations_beside_one_another_share_no_identity(definitions):
    plants = [
        Plant(definitions, begin, seed, only={"site": [site]})
        for begin, seed, site in (
            (BEGIN, 0, "BER"),
            (BEGIN + 1, 0, "BER"),
            (BEGIN, 1, "BER"),
            (BEGIN, 0, "BRE"),
        )
    ]
    identities = [{event["event_id"] for event in events(plant, 1)} for plant in plants]
    assert len(set.union(*identities)) == sum(map(len, identities))


@pytest.mark.parametrize("hour", ["03", "18"])
def test_a_pace_holds_at_any_time_of_day(definitions, hour):
    plant = Plant(definitions, moment(f"2026-10-04T{hour}:00:00Z"), stretch=1, pace=2000)
    counts = [len(records) for records in itertools.islice(plant.stretches(), 90)]
    assert 1900 < sum(counts[60:]) / 30 < 2100


def test_a_file_and_the_truth_of_it(tmp_path, capsys):
    out, truth = tmp_path / "events.ndjson", tmp_path / "truth.ndjson"
    arguments = ["simulate", str(ROOT / "kpi_defs"), "--to", f"file:{out}", "--only", "site=BER,HAM,BRE"]
    assert main([*arguments, "--duration", "9m", "--truth", str(truth)]) == 0
    assert "of 30 entities, 2 incidents" in capsys.readouterr().out
    assert json.loads(out.read_text().splitlines()[-1])["ts"].startswith("2026-10-05T08:08")
    told = [json.loads(line) for line in truth.read_text().splitlines()]
    # What would have happened later is no truth about this file.
    assert [(one["incident"], one["start"][11:], one["end"][11:]) for one in told] == [
        ("machine_degrades", "08:05:00Z", "08:08:59Z"),
        ("reject_burst", "08:08:00Z", "08:08:59Z"),
    ]


def test_so_many_records(tmp_path, capsys):
    out = tmp_path / "events.ndjson"
    assert main(["simulate", str(ROOT / "kpi_defs"), "--to", f"file:{out}", "--events", "5000"]) == 0
    assert "5,000 records of 400 entities, 0 incidents" in capsys.readouterr().out
    assert len(out.read_text().splitlines()) == 5000


def test_an_incident_that_concerns_nobody_is_told(tmp_path, capsys):
    definitions = tmp_path / "definitions"
    shutil.copytree(ROOT / "kpi_defs", definitions)
    simulation = definitions / "simulation.yaml"
    simulation.write_text(simulation.read_text().replace("site: BRE", "site: BRX"))
    assert main(["simulate", str(definitions), "--to", f"file:{tmp_path / 'e'}", "--events", "10"]) == 0
    assert "'site_stops' concerns no entity" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (["--rate", "fast"], "--rate fast"),
        (["--duration", "2 hours"], "--duration"),
        (["--start", "noon"], "--start"),
        (["--rate", "live", "--speed", "0"], "--speed 0"),
    ],
)
def test_wrong_use_is_told(tmp_path, capsys, extra, told):
    code = main(["simulate", str(ROOT / "kpi_defs"), "--to", f"file:{tmp_path / 'e'}", *extra])
    assert code == 2
    assert told in capsys.readouterr().err


def test_nothing_is_sent_from_the_future(capsys):
    assert main(["simulate", str(ROOT / "kpi_defs"), "--to", "kinesis:plant", "--speed", "10"]) == 2
    assert "--start" in capsys.readouterr().err


def test_into_kinesis(moto, capsys, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    arguments = ["simulate", str(ROOT / "kpi_defs"), "--to", "kinesis:plant", "--endpoint-url", moto.url]
    assert main([*arguments, "--events", "700", "--rate", "max", "--start", "2026-10-05T08:00:00Z"]) == 0
    assert "700 records" in capsys.readouterr().out
