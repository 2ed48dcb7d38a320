"""What the YAML says is what the model has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framework.definitions import load
from framework.definitions.durations import moment
from framework.definitions.model import (
    Definitions,
    ElasticsearchSink,
    FileSource,
    Grouping,
    KinesisSource,
    Window,
)
from framework.definitions.patterns import members
from tests.definitions.made import GOOD, PIPELINE, loaded, problems, write

MINUTE = 60_000_000
FIVE_LINES = 'kpi: n\nunit: ""\nby: [site]\nwindow: {size: 1m}\nvalue: count()\n'


def test_pipeline(tmp_path: Path) -> None:
    pipeline = loaded(tmp_path).pipeline
    assert pipeline.name == "plant"
    assert pipeline.source == KinesisSource("events", "eu-central-1")
    assert pipeline.sink == ElasticsearchSink("${ELASTICSEARCH_URL}")
    assert pipeline.namespace == "prod"
    events = pipeline.events
    assert (events.time, events.time_format, events.id) == ("ts", "iso", "event_id")
    times = (events.dedupe, events.disorder, events.correct_for, events.ahead)
    assert times == (5 * MINUTE, MINUTE // 2, 10 * MINUTE, 5 * MINUTE)
    lane = {field.name: field for field in events.fields}["lane"]
    assert (lane.type, lane.low, lane.high, lane.optional, lane.one_of) == ("int", 1, 20, False, ())
    assert [(level.name, level.fields) for level in pipeline.levels] == [
        ("machine", ("machine",)),
        ("zone", ("site", "zone")),
        ("site", ("site",)),
    ]


def test_kpi(tmp_path: Path) -> None:
    (kpi,) = loaded(tmp_path).kpis
    assert (kpi.name, kpi.title, kpi.unit, kpi.better) == ("failure_rate", "Failure rate", "%", "lower")
    assert (kpi.owner, kpi.audience) == ("operations", ("operator", "manager"))
    assert kpi.window == Window(5 * MINUTE, MINUTE)
    assert [(one.name, one.fields, one.is_level) for one in kpi.by] == [
        ("machine", ("machine",), True),
        ("zone", ("site", "zone"), True),
        ("site+reason", ("site", "reason"), False),
    ]
    assert kpi.where is not None
    assert kpi.where.text == "not test_item"
    assert kpi.value.at(1, 12, 7).column == 20


def test_zones(tmp_path: Path) -> None:
    (zone,) = loaded(tmp_path).zones
    assert zone.effective == moment("2026-10-01")
    assert [dict(one.sets) for one in zone.assignments] == [
        {"site": "North", "rated_per_hour": 12000, "zone": "inbound"},
        {"site": "North", "rated_per_hour": 12000, "zone": "outbound"},
        {"site": "North", "zone": "rework"},
    ]
    assert [[members(pattern) for pattern in one.match] for one in zone.assignments] == [
        [["M-01"], list(range(1, 11))],
        [["M-01"], list(range(11, 21))],
        [["M-02", "M-03", "M-04", "X-0", "X-1", "X-2", "X-3"]],
    ]
    assert dict(loaded(tmp_path).dimensions) == {"site": "string", "rated_per_hour": "int", "zone": "string"}


def test_calendar_and_simulation(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    (calendar,) = found.calendars
    assert calendar.shifts["early"][0] == (360, 840)
    assert calendar.shifts["night"][0] == (6 * 1440 + 1320, 6 * 1440 + 1800)
    assert [len(shift) for shift in calendar.shifts.values()] == [5, 5]
    assert found.simulations[0].spec["rate"] == 60


def test_a_kpi_of_five_lines(tmp_path: Path) -> None:
    found, diagnostics, _ = load(write(tmp_path, {"kpi.yaml": FIVE_LINES}))
    assert found is not None
    assert [(one.code, one.severity) for one in diagnostics] == [("kpi/undocumented", "warning")]
    (kpi,) = found.kpis
    assert (kpi.title, kpi.better, kpi.owner, kpi.audience) == ("N", "higher", "", ())


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("[site, machine]", Grouping("site+machine", ("site", "machine"), False, None)),  # type: ignore[arg-type]
        ("[zone, site]", Grouping("zone+site", ("site", "zone"), False, None)),  # type: ignore[arg-type]
        ("[outcome]", Grouping("outcome", ("outcome",), False, None)),  # type: ignore[arg-type]
        ("[rated_per_hour, lane]", Grouping("rated_per_hour+lane", ("rated_per_hour", "lane"), False, None)),  # type: ignore[arg-type]
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_combinations(tmp_path: Path, item: str, expected: Grouping) -> None:
    kpi = GOOD["kpi.yaml"].replace("[site, reason]", item)
    found = loaded(tmp_path, {"kpi.yaml": kpi}).kpis[0].by[-1]
    assert (found.name, found.fields, found.is_level) == (expected.name, expected.fields, expected.is_level)


# What an author writes for a dimension, and what it is.
SCALARS = [
    ("NO", "NO"),
    ("on", "on"),
    ("off", "off"),
    ("yes", "yes"),
    ("y", "y"),
    ("12:30", "12:30"),
    ("12:30:45", "12:30:45"),
    ("2026-10-01", "2026-10-01"),
    ("007", "007"),
    ("1.2.3", "1.2.3"),
    (".inf", ".inf"),
    ("12e", "12e"),
    ("true", True),
    ("false", False),
    ("12", 12),
    ("-3", -3),
    ("1.5", 1.5),
    ("1e3", 1000.0),
    ("'12'", "12"),
    ('"true"', "true"),
]


@pytest.mark.parametrize(("written", "expected"), SCALARS)
def test_scalars_are_what_the_author_wrote(tmp_path: Path, written: str, expected: object) -> None:
    zones = (
        GOOD["zones.yaml"]
        .replace("region", "region")
        .replace("{site: North}", f"{{site: North, x: {written}}}")
    )
    value = loaded(tmp_path, {"zones.yaml": zones}).zones[0].assignments[0].sets["x"]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("written", ["1_000", "0x1F", "0o17", "1,000", "True", "FALSE", "+5", ".5"])
def test_lookalikes_stay_text_with_a_warning(tmp_path: Path, written: str) -> None:
    zones = GOOD["zones.yaml"].replace("{site: North}", f"{{x: {written}}}").replace("1,000", "1_000")
    found = problems(
        tmp_path, {"zones.yaml": zones, "pipeline.yaml": PIPELINE.replace("[site, zone]", "[zone]")}
    )
    assert ("value/looks-like", "warning") in {(one.code, one.severity) for one in found}


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("1_000", "write 1000"),
        ('"1,000"', "write 1000"),
        ("0o17", "write 15"),
        ("0x1F", "write 31"),
        ("+5", "write 5"),
        (".5", "write 0.5"),
        ("12:30", "a time of day is no number: write the number out"),
        ("many", ""),
    ],
)
def test_a_number_in_another_form_is_refused_with_its_cure(tmp_path: Path, written: str, hint: str) -> None:
    (found,) = problems(tmp_path, {"simulation.yaml": GOOD["simulation.yaml"].replace("60", written)})
    assert (found.code, found.hint) == ("simulation/wrong-type", hint)


@pytest.mark.parametrize(("written", "hint"), [("yes", "write true"), ("Off", "write false"), ("1", "")])
def test_only_true_and_false_are_booleans(tmp_path: Path, written: str, hint: str) -> None:
    pipeline = PIPELINE.replace("ms, optional: true", f"ms, optional: {written}")
    (found,) = problems(tmp_path, {"pipeline.yaml": pipeline})
    assert (found.code, found.hint) == ("pipeline/wrong-type", hint)


def test_texts_are_never_converted(tmp_path: Path) -> None:
    kpi = GOOD["kpi.yaml"].replace("title: Failure rate", "title: NO").replace("operations", "12:30")
    (found,) = loaded(tmp_path, {"kpi.yaml": kpi}).kpis
    assert (found.title, found.owner) == ("NO", "12:30")


def test_byte_order_mark_carriage_returns_and_folders(tmp_path: Path) -> None:
    kpi = ("\ufeff" + GOOD["kpi.yaml"].replace("\n", "\r\n")).encode()
    changed = {"kpi.yaml": None, "kpis/deep/kpi.YML": kpi, ".hidden/x.yaml": b"x", "kpis/.x.yaml": b"x"}
    assert [kpi.name for kpi in loaded(tmp_path, changed).kpis] == ["failure_rate"]


def test_sources_and_sinks(tmp_path: Path) -> None:
    pipeline = PIPELINE.replace(
        "source: {kinesis: {stream: events, region: eu-central-1}}", "source: {file: e.ndjson}"
    )
    found: Definitions = loaded(tmp_path, {"pipeline.yaml": pipeline[: pipeline.index("sink:")]})
    assert found.pipeline.source == FileSource("e.ndjson")
    assert (found.pipeline.sink, found.pipeline.namespace) == (None, "default")


def test_folders_that_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    found = {name: load(tmp_path / name)[1][0].code for name in ("nothing", "file", "empty")}
    assert found == {"nothing": "folder/missing", "file": "folder/missing", "empty": "folder/empty"}


def test_paths_are_relative_inside_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "defs", {"more.yaml": ""})
    assert load(tmp_path / "defs")[1][0].at.path == str(tmp_path / "defs" / "more.yaml")
    monkeypatch.chdir(tmp_path)
    assert load(tmp_path / "defs")[1][0].at.path == os.path.join("defs", "more.yaml")  # noqa: PTH118
