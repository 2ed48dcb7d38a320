"""Whether the peer's rows say what the product's documents say."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

MEMBER = {
    "throughput": ("machine_id",),
    "reject_rate": ("machine_id",),
    "zone_throughput": ("site", "zone"),
    "read_rate": ("site",),
    "transit_p95": ("site",),
    "rejections": ("site", "reject_reason"),
    "mean_weight": ("machine_id",),
    "distinct_parcels": ("region",),
}
EXACT = 1e-9

Values = dict[str, dict[tuple[str, str], float | None]]
Counts = dict[tuple[str, str], float]


def compare(documents: Path, rows: Path) -> dict[str, dict[str, Any]]:
    """By KPI: how many windows of members both have, the greatest relative difference, who alone has which.

    `silent`: those of the product alone that say 0 or nothing, of members without events. `ok`: that is the
    only difference.
    """
    ours, (theirs, counts) = _documents(documents), _rows(rows)
    found = {}
    for kpi in MEMBER:
        mine, other = ours[kpi], theirs[kpi]
        both = mine.keys() & other.keys()
        apart = {key: _difference(mine[key], other[key]) for key in both}
        close = all(apart[key] <= _tolerance(kpi, counts.get(key, 1)) for key in both)
        alone = mine.keys() - other.keys()
        silent = sum(not mine[key] for key in alone)
        extra = len(other.keys() - mine.keys())
        ok = bool(both) and close and silent == len(alone) and not extra
        found[kpi] = {"both": len(both), "worst": max(apart.values(), default=0.0), "silent": silent}
        found[kpi] |= {"missing": len(alone) - silent, "extra": extra, "ok": ok}
    return found


def _tolerance(kpi: str, count: float) -> float:
    """Relative. Both estimate two of the KPIs: the product within 0.8 % and 0.39 %."""
    if kpi == "transit_p95":
        # The peer's is one of the values, its rank wrong by up to 1 in 400; the product's lies between two.
        return 0.02 + 10 / count
    return 0.02 if kpi == "distinct_parcels" else EXACT


def _difference(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else float("inf")
    return abs(one - other) / max(abs(one), abs(other), 1e-300)


def _documents(file: Path) -> Values:
    values: Values = defaultdict(dict)
    with file.open() as lines:
        for line in lines:
            document = json.loads(line)
            kpi, dimensions = document["kpi"], document["dimensions"]
            member = ":".join(str(dimensions[name]) for name in MEMBER[kpi["name"]])
            values[kpi["name"]][member, kpi["window"]["start"][:19]] = kpi["value"]
    return values


def _rows(folder: Path) -> tuple[Values, Counts]:
    """The values, and how many there were behind each percentile."""
    values: Values = defaultdict(dict)
    counts: Counts = {}
    for file in sorted(folder.rglob("part-*.json")):
        with file.open() as lines:
            for line in lines:
                row = json.loads(line)
                key = row["member"], row["start"][:19]
                values[row["kpi"]][key] = row.get("value")
                if row["kpi"] == "transit_p95":
                    counts[key] = row["numerator"]
    return values, counts
