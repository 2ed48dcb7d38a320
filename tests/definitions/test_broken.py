"""One mistake each: exactly one diagnostic, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.made import GOOD, brief, problems

# What is replaced in which file, by what; then line, column and code of the one diagnostic.
CASES: list[tuple[str, str, str, int, int, str]] = [
    # YAML itself
    ("kpi", 'unit: "%"', "unit: %", 3, 7, "yaml/syntax"),
    ("kpi", 'unit: "%"', 'unit: "%', 3, 7, "yaml/syntax"),
    ("kpi", "title: Failure rate", "title: Rate: failures", 2, 12, "yaml/syntax"),
    ("kpi", "title: Failure rate", "title: 'the plant's rate'", 2, 19, "yaml/syntax"),
    ("kpi", "owner: operations", " owner: operations", 5, 7, "yaml/syntax"),
    ("kpi", "audience: [operator, manager]", "audience: [operator, manager", 6, 11, "yaml/syntax"),
    ("kpi", "owner: operations", "owner operations", 5, 1, "yaml/syntax"),
    ("kpi", "owner: operations", "owner: @operations", 5, 8, "yaml/syntax"),
    ("kpi", "owner: operations", "owner: *operations", 5, 8, "yaml/alias"),
    ("kpi", "owner: operations", "owner: &me operations", 5, 8, "yaml/anchor"),
    ("kpi", "owner: operations", "owner: !team operations", 5, 8, "yaml/tag"),
    ("kpi", "owner: operations", "owner: !!python/name:os.system x", 5, 8, "yaml/tag"),
    ("kpi", "owner: operations", "owner: x\n<<: {a: b}", 6, 1, "yaml/merge"),
    ("kpi", "owner: operations", "owner: {{team}}", 5, 9, "yaml/key"),
    ("kpi", "owner: operations", "owner: a\nowner: b", 6, 1, "yaml/duplicate-key"),
    ("kpi", "owner: operations", "owner: a\x07b", 5, 9, "yaml/control-character"),
    ("kpi", "owner: operations", "owner: operations\n---\nkpi: other", 6, 1, "yaml/several"),
    ("kpi", "owner: operations", f"owner: {'[' * 30}{']' * 30}", 5, 27, "yaml/too-deep"),
    ("pipeline", "  time: ts", "\ttime: ts", 4, 1, "yaml/tab"),
    # The shape
    ("kpi", "kpi: failure_rate", "kpis: failure_rate", 1, 1, "kind/unknown"),
    (
        "kpi",
        "kpi: failure_rate\ntitle: Failure rate",
        "title: Failure rate\nkpi: failure_rate",
        1,
        1,
        "kind/unknown",
    ),
    ("kpi", "title:", "titel:", 2, 1, "key/unknown"),
    ("kpi", "{size: 5m, every: 1m}", "{size:5m}", 8, 10, "key/unknown"),
    ("kpi", "where: not test_item\n", "wher: not test_item\n", 9, 1, "key/unknown"),
    ("kpi", "window: {size: 5m, every: 1m}\n", "", 1, 1, "key/missing"),
    ("kpi", "audience: [operator, manager]", "audience: operator", 6, 11, "kpi/wrong-type"),
    ("kpi", "by: [machine, zone, [site, reason]]", "by: machine", 7, 5, "kpi/wrong-type"),
    ("kpi", "by: [machine, zone, [site, reason]]", "by: []", 7, 5, "kpi/too-few"),
    ("kpi", "better: lower", "better: less", 4, 9, "kpi/bad-value"),
    ("kpi", "better: lower", "better:", 4, 1, "kpi/wrong-type"),
    ("kpi", "kpi: failure_rate", "kpi: 1st", 1, 6, "kpi/bad-value"),
    ("kpi", "every: 1m", "every: 60", 8, 27, "kpi/bad-value"),
    ("kpi", "every: 1m", "every: 1 min", 8, 27, "kpi/bad-value"),
    # KPIs
    ("kpi", "size: 5m, every: 1m", "size: 7m", 8, 16, "kpi/window-does-not-divide"),
    ("kpi", "every: 1m", "every: 2m", 8, 27, "kpi/window-does-not-divide"),
    ("kpi", "every: 1m", "every: 10m", 8, 27, "kpi/window-does-not-divide"),
    ("kpi", "size: 5m, every: 1m", "size: 500ms", 8, 16, "kpi/window-too-short"),
    ("kpi", "size: 5m, every: 1m", "size: 1h, every: 1s", 8, 27, "kpi/window-too-many"),
    ("kpi", "size: 5m, every: 1m", "size: 9999999d", 8, 16, "kpi/too-long"),
    ("kpi", "[machine, zone,", "[machin, zone,", 7, 6, "kpi/unknown-level"),
    ("kpi", "[machine, zone,", "[lane, zone,", 7, 6, "kpi/unknown-level"),
    ("kpi", "[site, reason]", "[site, raeson]", 7, 28, "kpi/unknown-field"),
    ("kpi", "[site, reason]", "[site, took_ms]", 7, 28, "kpi/by-number"),
    ("kpi", "[machine, zone,", "[machine, machine,", 7, 15, "kpi/twice-by"),
    ("kpi", "owner: operations\n", "", 1, 6, "kpi/undocumented"),
    ("kpi", "kpi: failure_rate", "kpi: failure-rate", 1, 6, "kpi/name"),
    # The pipeline
    ("pipeline", "type: int,", "type: integer,", 10, 18, "pipeline/bad-value"),
    ("pipeline", "range: [1, 20]", "range: [1, 1_000]", 10, 34, "pipeline/wrong-type"),
    ("pipeline", "range: [1, 20]", "range: [20, 1]", 10, 30, "pipeline/empty-range"),
    ("pipeline", "range: [1, 20]", "range: [1]", 10, 30, "pipeline/too-few"),
    ("pipeline", "optional: true}\n    took", "optional: yes}\n    took", 12, 38, "pipeline/wrong-type"),
    (
        "pipeline",
        "reason: {type: string",
        "reason: {type: string, range: [1, 2]",
        12,
        28,
        "pipeline/range-of-text",
    ),
    ("pipeline", "unit: ms", "one_of: [a]", 13, 28, "pipeline/one-of-numbers"),
    (
        "pipeline",
        "    reason: {type: string, optional: true}",
        "    reason: string",
        12,
        13,
        "pipeline/wrong-type",
    ),
    ("pipeline", "  site: [site]", "  site: site", 18, 9, "pipeline/wrong-type"),
    ("pipeline", "  site: [site]", "  site: [sit]", 18, 10, "pipeline/unknown-field"),
    ("pipeline", "  site: [site]", "  site: [site, site]", 18, 16, "pipeline/twice-field"),
    ("pipeline", "  id: event_id\n", "", 5, 3, "pipeline/dedupe-without-id"),
    ("pipeline", "namespace: prod", "namespace: Prod", 22, 16, "pipeline/bad-value"),
    ("pipeline", "region: eu-central-1", "start: yesterday", 2, 43, "pipeline/bad-value"),
    ("pipeline", "dedupe: 5m", "dedupe: 12:30", 6, 11, "pipeline/bad-value"),
    # Zone maps
    ("zones", "lane: {", "lan: {", 7, 5, "zones/unknown-field"),
    ("zones", "11-20: outbound", "10-20: outbound", 7, 27, "zones/overlap"),
    ("zones", "11-20: outbound", "1-10: outbound", 7, 27, "yaml/duplicate-key"),
    ("zones", "11-20: outbound", "5-10: outbound", 7, 27, "zones/unreachable"),
    ("zones", "11-20: outbound", "11-21: outbound", 7, 27, "zones/out-of-range"),
    ("zones", "11-20: outbound", "20-11: outbound", 7, 27, "zones/bad-pattern"),
    ("zones", "machine: M-01", "machine: M-01, M-11", 5, 14, "zones/bad-pattern"),
    ("zones", "machine: M-01", "machine: 1-10", 5, 14, "zones/looks-like-range"),
    ("zones", "11-20: outbound", "11-20:", 7, 27, "zones/no-zone"),
    ("zones", "M-02..M-04", "M-02..N-04", 8, 15, "zones/bad-pattern"),
    ("zones", '"X-[0-3]"', '"X-[0-3"', 8, 27, "zones/bad-pattern"),
    ("zones", "machine: M-01", "outcome: doen", 5, 14, "zones/never"),
    ("zones", "effective: 2026-10-01", "effective: 2026-13-01", 2, 12, "zones/bad-date"),
    ("zones", "rated_per_hour: 12000", "rated_per_hour: 12_000", 6, 27, "value/looks-like"),
    ("zones", "rated_per_hour: 12000", "lane: 3", 6, 11, "zones/hides-field"),
    ("zones", "    zone: rework", "    zone: rework\n    lane: {1-2: x}", 10, 5, "zones/several-zones"),
    ("zones", '  - machine: [M-02..M-04, "X-[0-3]"]\n    zone', "  - zone", 8, 5, "zones/matches-all"),
    ("zones", "zone: rework", "set: {rated_per_hour: many}", 8, 5, "zones/dimension-type"),
    # The others
    ("calendar", "Europe/Berlin", "Europe/Berln", 2, 11, "calendar/unknown-timezone"),
    ("calendar", "[2026-12-25]", "[2026-12-32]", 6, 12, "calendar/bad-date"),
    ("calendar", "06:00-14:00", "06:00 to 14:00", 4, 10, "calendar/bad-value"),
    ("simulation", "rate: 60", "rate: 0x1F", 3, 7, "simulation/wrong-type"),
]


@pytest.mark.parametrize(
    ("kind", "old", "new", "line", "column", "code"),
    CASES,
    ids=[f"{case[5]}-{case[2][:30]}" for case in CASES],
)
def test_one_mistake_is_one_diagnostic(
    tmp_path: Path, kind: str, old: str, new: str, line: int, column: int, code: str
) -> None:
    name = f"{kind}.yaml"
    assert GOOD[name].count(old) == 1
    assert brief(tmp_path, {name: GOOD[name].replace(old, new)}) == [(name, line, column, code)]


@pytest.mark.parametrize(
    ("text", "line", "column", "code"),
    [
        (b"", 1, 1, "yaml/empty"),
        (b"# nothing\n", 1, 1, "yaml/empty"),
        (b"{}", 1, 1, "yaml/empty"),
        (b"null\n", 1, 1, "yaml/no-mapping"),
        (b"- kpi: x\n", 1, 1, "yaml/no-mapping"),
        (b"just words", 1, 1, "yaml/no-mapping"),
        (b"kpi: x\ntitle: \xff\n", 2, 8, "yaml/not-utf8"),
        (b"kpi: x\ntitle: \xc3\xa9\xff\n", 2, 9, "yaml/not-utf8"),
        ("kpi: x".encode("utf-16"), 1, 1, "yaml/not-utf8"),
        (b"kpi: x\ntitle: " + b"x" * 300_001, 1, 1, "yaml/too-big"),
        (b"kpi: x\ntitle: " + b"x" * 2_000_000, 1, 1, "yaml/too-big"),
        (b"[" * 100_000, 1, 21, "yaml/too-deep"),
        (b"rule: x\nkpi: y\nlevel: site\n", 1, 1, "key/missing"),
        (
            (
                b"title: x\nrule: y\nkpi: failure_rate\nlevel: zone\ndetect: {no_data: {}}\n"
                b"owner: a\nmessage: b\n"
            ),
            1,
            1,
            "kind/unknown",
        ),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else None,
)
def test_a_file_that_can_not_be_used(tmp_path: Path, text: bytes, line: int, column: int, code: str) -> None:
    assert brief(tmp_path, {"more.yaml": text}) == [("more.yaml", line, column, code)]


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    layers = ["a: &a [x, x]"] + [
        f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    found = brief(tmp_path, {"bomb.yaml": "\n".join(layers)})
    assert {code for _, _, _, code in found} == {"yaml/alias", "yaml/anchor"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"pipeline.yaml": None}, [("code", "pipeline/missing")]),
        ({"kpi.yaml": None}, [("pipeline.yaml", "folder/no-kpi")]),
        ({"other.yaml": GOOD["pipeline.yaml"]}, [("pipeline.yaml", "pipeline/several")]),
        ({"other.yaml": GOOD["kpi.yaml"]}, [("other.yaml", "kpi/duplicate-name")]),
        ({"other.yaml": GOOD["zones.yaml"]}, [("zones.yaml", "zones/duplicate-name")]),
        ({"other.yaml": GOOD["calendar.yaml"]}, [("other.yaml", "calendar/duplicate-name")]),
        (
            {"other.yaml": GOOD["zones.yaml"].replace("zones: north", "zones: south")},
            [("zones.yaml", "zones/overlap-between-maps")],
        ),
    ],
    ids=["no pipeline", "no kpi", "two pipelines", "kpi", "zones", "calendar", "overlap"],
)
def test_between_files(
    tmp_path: Path, changed: dict[str, str | bytes | None], expected: list[tuple[str, str]]
) -> None:
    folder = tmp_path / "code"
    assert [(one[0], one[3]) for one in brief(folder, changed)] == expected


def test_all_at_once_without_what_follows_from_them(tmp_path: Path) -> None:
    pipeline = (
        GOOD["pipeline.yaml"].replace("type: int,", "type: integer,").replace("site: [site]", "site: site")
    )
    zones = GOOD["zones.yaml"].replace("assign:", "asign:")
    kpi = GOOD["kpi.yaml"].replace("title:", "titel:").replace("[machine, zone", "[machine, zoen")
    assert brief(tmp_path, {"pipeline.yaml": pipeline, "zones.yaml": zones, "kpi.yaml": kpi}) == [
        ("kpi.yaml", 2, 1, "key/unknown"),
        ("kpi.yaml", 7, 15, "kpi/unknown-level"),
        ("pipeline.yaml", 10, 18, "pipeline/bad-value"),
        ("pipeline.yaml", 18, 9, "pipeline/wrong-type"),
        ("zones.yaml", 4, 1, "key/unknown"),
    ]


def test_every_diagnostic_has_words(tmp_path: Path) -> None:
    for number, (kind, old, new, *_) in enumerate(CASES):
        name = f"{kind}.yaml"
        for one in problems(tmp_path / str(number), {name: GOOD[name].replace(old, new)}):
            assert one.message and not one.message.endswith("."), one
            assert "\n" not in one.message + one.hint, one


def test_of_very_many_only_the_first_are_shown(tmp_path: Path) -> None:
    kpi = GOOD["kpi.yaml"].replace(
        "[machine, zone, [site, reason]]", f"[{', '.join(f'x{n}' for n in range(500))}]"
    )
    found = problems(tmp_path, {"kpi.yaml": kpi})
    assert len(found) == 101
    assert (found[-1].code, found[-1].message) == ("file/more", "400 more problems from here on")
