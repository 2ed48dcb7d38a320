"""Definitions of a small world, for tests that need many runs."""

from __future__ import annotations

from pathlib import Path

_FILES = {
    "pipeline": """
pipeline: tiny
events:
  time: ts
  id: id
  dedupe: 10m
  disorder: 10s
  correct_for: 1m
  fields:
    id: {type: string}
    machine: {type: string}
    ms: {type: float, unit: ms, optional: true}
levels: {machine: [machine], hall: [hall]}
""",
    "zones": """
zones: halls
effective: 2026-01-01
set: {hall: H}
assign:
  - machine: [A, B]
  - machine: C*
""",
}
_KPIS = {
    "seen": ("events", "[machine, hall]", "{size: 30s}", "count()"),
    "mean_ms": ("ms", "[machine, hall]", "{size: 1m}", "mean(ms)"),
    "spread_ms": ("ms", "[hall]", "{size: 1m, every: 30s}", "std(ms)"),
    "p90_ms": ("ms", "[machine]", "{size: 1m, every: 20s}", "percentile(ms, 90)"),
    "different": ("events", "[hall]", "{size: 1m}", "distinct(id)"),
    "newest_ms": ("ms", "[machine]", "{size: 1m}", "last(ms)"),
}


def tiny(folder: Path) -> Path:
    """Write the definitions: machines A and B are listed, those that begin with C are known once seen."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _FILES.items():
        (folder / f"{name}.yaml").write_text(text)
    for name, (unit, by, window, value) in _KPIS.items():
        (folder / f"{name}.yaml").write_text(
            f"kpi: {name}\ntitle: {name}\nunit: {unit}\nbetter: higher\nowner: tests\naudience: [tests]\n"
            f"by: {by}\nwindow: {window}\nvalue: {value}\n"
        )
    return folder
