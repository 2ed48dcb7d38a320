"""Which assignments can be reached, and which take events from one another."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from framework.definitions import load
from tests.definitions.made import GOOD, brief, write

HEAD = "zones: z\nassign:\n"
UNREACHABLE, OVERLAP = "zones/unreachable", "zones/overlap"
# Entries of one map, and (line, code) of what is found.
WITHIN = [
    ("- {machine: A, zone: x}\n- {machine: B, zone: y}", []),
    ("- {machine: A, zone: x}\n- {machine: A, zone: y}", [(4, UNREACHABLE)]),
    ("- {machine: 'A*', zone: x}\n- {machine: A1, zone: y}", [(4, UNREACHABLE)]),
    ("- {machine: A1, zone: x}\n- {machine: 'A*', zone: y}", []),
    ("- {machine: 'A[0-4]', zone: x}\n- {machine: 'A[3-6]', zone: y}", [(4, OVERLAP)]),
    ("- {machine: 'A[0-4]', zone: x}\n- {machine: 'A[3-6]', zone: x}", []),
    ("- {machine: 'A[0-4]', zone: x}\n- {machine: A1..A4, zone: y}", [(4, UNREACHABLE)]),
    ("- {machine: '*1', zone: x}\n- {machine: 'A*', zone: y}", [(4, OVERLAP)]),
    ("- {machine: [A, B], zone: x}\n- {machine: [B, C], zone: y}", [(4, OVERLAP)]),
    ("- {machine: A, lane: 1-5, zone: x}\n- {machine: A, lane: 6-9, zone: y}", []),
    ("- {machine: A, lane: 1-5, zone: x}\n- {machine: B, lane: 1-5, zone: y}", []),
    ("- {machine: A, lane: 1-5, zone: x}\n- {machine: A, zone: y}", []),
    ("- {machine: A, zone: x}\n- {machine: A, lane: 1-5, zone: y}", [(4, UNREACHABLE)]),
    ("- {machine: A, zone: x}\n- {lane: 1-5, zone: y}", [(4, OVERLAP)]),
    (
        (
            "- {machine: A, lane: 1-5, zone: x}\n- {machine: A, lane: 6-9, zone: y}\n"
            "- {machine: A, lane: 3-8, zone: v}"
        ),
        [(5, UNREACHABLE)],
    ),
    (
        (
            "- {machine: A, lane: '1-4,9', zone: x}\n- {machine: A, lane: 5-8, zone: y}\n"
            "- {machine: A, lane: 1-9, zone: v}"
        ),
        [(5, UNREACHABLE)],
    ),
    ("- {machine: A, zone: x}\n- {machine: B, zone: y}\n- {machine: [A, B], zone: v}", [(5, UNREACHABLE)]),
]


@pytest.mark.parametrize(("entries", "expected"), WITHIN, ids=[entries for entries, _ in WITHIN])
def test_within_a_map(tmp_path: Path, entries: str, expected: list[tuple[int, str]]) -> None:
    kpi = GOOD["kpi.yaml"].replace("zone, [site, reason]", "[reason]")
    pipeline = GOOD["pipeline.yaml"].replace("  zone: [site, zone]\n  site: [site]\n", "")
    changed = {"zones.yaml": HEAD + entries, "kpi.yaml": kpi, "pipeline.yaml": pipeline}
    assert [(line, code) for _, line, _, code in brief(tmp_path, changed)] == expected


def test_later_maps_replace_earlier_ones_of_their_name(tmp_path: Path) -> None:
    later = GOOD["zones.yaml"].replace("2026-10-01", "2027-01-01")
    assert brief(tmp_path, {"later.yaml": later}) == []


def test_maps_overlap_only_while_both_hold(tmp_path: Path) -> None:
    # `north` gives M-01 up on the day from which `south` has it.
    north = GOOD["zones.yaml"].replace("2026-10-01", "2027-01-01").replace("machine: M-01", "machine: M-11")
    south = "zones: south\neffective: 2027-01-01\nset: {site: South}\nassign:\n  - {machine: M-01, zone: x}\n"
    assert brief(tmp_path, {"north.yaml": north, "south.yaml": south}) == []
    early = south.replace("2027-01-01", "2026-12-31")
    assert brief(tmp_path, {"north.yaml": north, "south.yaml": early}) == [
        ("zones.yaml", 7, 12, "zones/overlap-between-maps")
    ]


def test_forty_maps_of_fifty_assignments_take_no_time(tmp_path: Path) -> None:
    maps: dict[str, str | bytes | None] = {"zones.yaml": None}
    for site in range(40):
        lines = [f"zones: s{site}", f"set: {{site: S{site}}}", "assign:"]
        for machine in range(10):
            lines += [f"  - machine: M-{site:02d}-{machine:02d}"]
            lines += ["    lane: {1-4: a, 5-8: b, 9-12: c, 13-16: d, 17-20: e}"]
        maps[f"zones/{site}.yaml"] = "\n".join(lines) + "\n"
    folder = write(tmp_path, maps)
    start = time.process_time()
    found, diagnostics, _ = load(folder)
    # Below a second when nothing else runs; the bound leaves room for a busy machine.
    assert time.process_time() - start < 3
    assert not diagnostics
    assert found is not None
    assert sum(len(zone.assignments) for zone in found.zones) == 2_000
