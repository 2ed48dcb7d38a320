"""A small plant's definitions, and folders of them with something changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from framework.definitions import Definitions, Diagnostic, load

PIPELINE = """\
pipeline: plant
source: {kinesis: {stream: events, region: eu-central-1}}
events:
  time: ts
  id: event_id
  dedupe: 5m
  fields:
    event_id: {type: string}
    machine: {type: string}
    lane: {type: int, range: [1, 20]}
    outcome: {type: string, one_of: [done, failed]}
    reason: {type: string, optional: true}
    took_ms: {type: float, unit: ms, optional: true}
    test_item: {type: bool, optional: true}
levels:
  machine: [machine]
  zone: [site, zone]
  site: [site]
sink:
  elasticsearch:
    url: "${ELASTICSEARCH_URL}"
    namespace: prod
"""
KPI = """\
kpi: failure_rate
title: Failure rate
unit: "%"
better: lower
owner: operations
audience: [operator, manager]
by: [machine, zone, [site, reason]]
window: {size: 5m, every: 1m}
where: not test_item
value: 100 * count(outcome == "failed") / count()
"""
ZONES = """\
zones: north
effective: 2026-10-01
set: {site: North}
assign:
  - machine: M-01
    set: {rated_per_hour: 12000}
    lane: {1-10: inbound, 11-20: outbound}
  - machine: [M-02..M-04, "X-[0-3]"]
    zone: rework
"""
CALENDAR = """\
calendar: plant
timezone: Europe/Berlin
shifts:
  early: mon-fri 06:00-14:00
  night: sun-thu 22:00-06:00
holidays: [2026-12-25]
"""
SIMULATION = """\
simulation: usual
entity: [machine, lane]
rate: 60
steps:
  - set: {outcome: done}
each: {event_id: {number: e}}
"""
RULE = """\
rule: failing
title: Fails often
owner: operations
kpi: failure_rate
level: machine
detect: {rate: {usual: 2%, by: 50%}, and: {peers: {of: site, above: 150%}}}
fire: {when: above, for: 3 windows, severity: critical}
recover: {below: 110%, for: 3 windows}
no_data: {after: 5m, as: silent}
min_volume: 50
during: {calendar: plant, shifts: [early]}
inhibits: [silent]
message: "{machine} fails {value} {unit} (usual {expected})"
"""
GOOD: Mapping[str, str] = {
    "calendar.yaml": CALENDAR,
    "kpi.yaml": KPI,
    "pipeline.yaml": PIPELINE,
    "simulation.yaml": SIMULATION,
    "zones.yaml": ZONES,
}
WITH_RULE: Mapping[str, str] = {**GOOD, "rule.yaml": RULE}


def write(folder: Path, changed: Mapping[str, str | bytes | None] | None = None) -> Path:
    """The good definitions in a folder, with some files replaced, added or (None) left out."""
    for name, text in {**GOOD, **(changed or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        elif text is not None:
            path.write_text(text, encoding="utf-8")
    return folder


def loaded(folder: Path, changed: Mapping[str, str | bytes | None] | None = None) -> Definitions:
    """The definitions of such a folder, which must have no problems."""
    found, diagnostics, _ = load(write(folder, changed))
    assert found is not None
    assert not diagnostics, diagnostics
    return found


def problems(folder: Path, changed: Mapping[str, str | bytes | None]) -> tuple[Diagnostic, ...]:
    """What is wrong with such a folder."""
    return load(write(folder, changed))[1]


def brief(folder: Path, changed: Mapping[str, str | bytes | None]) -> list[tuple[str, int, int, str]]:
    """What is wrong with such a folder: (file, line, column, code) of each."""
    return [
        (Path(one.at.path).name, one.at.line, one.at.column, one.code) for one in problems(folder, changed)
    ]
