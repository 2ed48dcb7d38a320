"""Simulations: one mistake each, exactly one diagnostic, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.made import brief

SIMULATION = """\
simulation: usual
entity: [machine, lane]
partition_key: machine
rate: 60
rate_dimension: rated_per_hour
timezone: Europe/Berlin
item:
  took_ms: {lognormal: [100, 0.5], between: [1, 1000]}
each:
  event_id: {number: e}
steps:
  - set: {outcome: done, test_item: {chance: 0.1}}
  - name: failure
    chance: 0.1
    after: [1, 5]
    set:
      outcome: {constant: failed}
      reason: {choice: {jam: 1, full: 2}}
disorder: [1, 9]
duplicates: 0.01
holidays: [2026-12-25]
holiday: 0.2
varies:
  - {by: 0.1, over: 10h, shared: site}
incidents:
  - {incident: wears, every: 8h, over: site, lasts: 10m, rate: 0.5}
  - {incident: fails, at: {site: North}, start: 1m, lasts: 5m, chances: {failure: 0.9}}
"""
# What is replaced, by what; then line, column and code of the one diagnostic.
CASES = [
    ("entity: [machine, lane]", "entity: [machine, lame]", 2, 19, "simulation/unknown-field"),
    ("entity: [machine, lane]", "entity: [machine, lane, site]", 2, 25, "simulation/unknown-field"),
    ("partition_key: machine", "partition_key: machin", 3, 16, "simulation/unknown-field"),
    ("rate_dimension: rated_per_hour", "rate_dimension: rated", 5, 17, "simulation/unknown-field"),
    ("rate_dimension: rated_per_hour", "rate_dimension: site", 5, 17, "simulation/rate-of-text"),
    ("Europe/Berlin", "Europe/Berln", 6, 11, "simulation/unknown-timezone"),
    ("  took_ms:", "  tok_ms:", 8, 3, "simulation/unknown-field"),
    ("lognormal: [100, 0.5]", "lognormal: [100, -0.5]", 8, 24, "simulation/empty-range"),
    ("lognormal: [100, 0.5]", "lognormal: [100, 0.5], uniform: [1, 2]", 8, 3, "simulation/draw"),
    ("{lognormal: [100, 0.5], between: [1, 1000]}", "{whole: true}", 8, 3, "simulation/draw"),
    ("lognormal: [100, 0.5]", "lognormal: [100, x]", 8, 30, "simulation/wrong-type"),
    ("between: [1, 1000]", "between: [1000, 1]", 8, 45, "simulation/empty-range"),
    ("{lognormal: [100, 0.5], between: [1, 1000]}", "{chance: 0.5}", 8, 13, "simulation/never"),
    ("{lognormal: [100, 0.5], between: [1, 1000]}", '"fast"', 8, 12, "simulation/never"),
    ("      outcome: {constant: failed}\n", "", 16, 5, "simulation/missing-field"),
    ("outcome: done,", "outcome: doen,", 12, 20, "simulation/never"),
    ("test_item: {chance: 0.1}", "test_item: {chance: 1.1}", 12, 46, "simulation/bad-value"),
    ("    chance: 0.1", "    chance: 10", 14, 13, "simulation/bad-value"),
    ("after: [1, 5]", "after: [5, 1]", 15, 12, "simulation/empty-range"),
    ("{constant: failed}", "{constant: fialed}", 17, 27, "simulation/never"),
    ("{jam: 1, full: 2}", "{jam: 0, full: 0}", 18, 16, "simulation/no-weight"),
    ("disorder: [1, 9]", "disorder: [9, 1]", 19, 11, "simulation/empty-range"),
    ("duplicates: 0.01", "duplicates: 2", 20, 13, "simulation/bad-value"),
    ("2026-12-25", "2026-12-32", 21, 12, "simulation/bad-value"),
    ("2026-12-25", "Christmas", 21, 12, "simulation/bad-value"),
    ("over: 10h, shared: site", "over: 10h, shared: siet", 24, 34, "simulation/unknown-field"),
    ("by: 0.1", "by: -0.1", 24, 10, "simulation/bad-value"),
    ("every: 8h, over: site", "every: 8h, over: siet", 26, 40, "simulation/unknown-field"),
    ("every: 8h", "every: 0s", 26, 30, "simulation/when"),
    ("every: 8h", "every: 8h, start: 1m", 26, 6, "simulation/when"),
    ("every: 8h, over: site, ", "", 26, 6, "simulation/when"),
    ("every: 8h, over: site", "start: 8h", 26, 6, "simulation/when"),
    ("at: {site: North}, start: 1m", "at: {site: North}, over: site, start: 1m", 27, 42, "simulation/when"),
    ("at: {site: North}", "at: {siet: North}", 27, 28, "simulation/unknown-field"),
    ("chances: {failure: 0.9}", "chances: {failur: 0.9}", 27, 74, "simulation/unknown-step"),
]


def test_a_good_one_has_none(tmp_path: Path) -> None:
    assert brief(tmp_path, {"simulation.yaml": SIMULATION}) == []


@pytest.mark.parametrize(("old", "new", "line", "column", "code"), CASES)
def test_one_mistake(tmp_path: Path, old: str, new: str, line: int, column: int, code: str) -> None:
    assert SIMULATION.count(old) == 1
    found = brief(tmp_path, {"simulation.yaml": SIMULATION.replace(old, new)})
    assert found == [("simulation.yaml", line, column, code)]
