"""Episodes as documents: one an episode, rewritten as it goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np

from framework.definitions.durations import moment
from framework.definitions.rule import SEVERITIES
from framework.detectors.words import figure
from framework.episodes.fold import NAMED, Snapshot
from framework.episodes.machine import STATES
from framework.episodes.watch import Watch

_LONG = 500
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def documents(watch: Watch, pipeline: str, snapshot: Snapshot) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Each episode of a snapshot: its `_id`, the moment that picks its index (microseconds), its document."""
    for row, note in zip(snapshot.frame.iter_rows(named=True), snapshot.notes, strict=True):
        told = msgspec.json.decode(note)
        yield _identity(watch, row), row[NAMED], _document(watch, pipeline, snapshot, row, told)


def ended(source: str, why: str) -> tuple[dict[str, Any], int]:
    """The document of an open episode (its JSON), ended with the last window that fired; and that moment."""
    document: dict[str, Any] = msgspec.json.decode(source)
    alert = document["alert"]
    at = moment(alert["start"]) + round(alert["duration_s"] * 1e6)
    alert |= {"state": "resolved", "end": _iso(at), "reason": f"{alert['reason']}; {why}"}
    return document, at


def _identity(watch: Watch, row: Mapping[str, Any]) -> str:
    key = [_text(row[field]).replace("%", "%25").replace(":", "%3A") for field in watch.watched.fields]
    found = ":".join(["alert", watch.name, watch.watched.level, *key, _iso(row[NAMED])])
    # Elasticsearch takes at most 512 bytes.
    return found if len(found.encode()) <= _LONG else f"alert:{sha256(found.encode()).hexdigest()}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _document(
    watch: Watch, pipeline: str, snapshot: Snapshot, row: Mapping[str, Any], told: Mapping[str, Any]
) -> dict[str, Any]:
    rule, watched = watch.rule, watch.watched
    clauses = told.get("clauses", [])
    state = _state(snapshot, row)
    over = state in ("resolved", "withdrawn")
    end = max(row["@hit"], row["@began"]) if over else None
    numbers = {name: _number(row[f"@{name}"]) for name in ("value", "expected", "lower", "upper")}
    # The fields that identify the level stand first, then what the maps say of it.
    dimensions = {
        name: value
        for name, value in row.items()
        if not name.startswith("@") and (name in watched.fields or value is not None)
    }
    alert: dict[str, Any] = {
        "id": _identity(watch, row),
        "state": state,
        "start": _iso(row["@began"]),
        "fired": _iso(row[NAMED]),
        "end": None if end is None else _iso(end),
        "duration_s": ((end if end is not None else row["@hit"]) - row["@began"]) / 1e6,
        **numbers,
        "worst": _number(row["@worst"]),
        "reopened": row["@reopened"],
        "reason": "; ".join(dict.fromkeys(one["sentence"] for one in clauses)),
        "clauses": clauses,
        "contributors": told.get("contributors", []),
    }
    if told.get("members"):
        alert["members"] = told["members"]
    return {
        "@timestamp": _iso(row[NAMED]),
        "event": {"kind": "alert"},
        "message": message(watch, row, dimensions, alert),
        "rule": {
            "name": rule.name,
            "title": watch.title,
            "severity": SEVERITIES[row["@severity"]],
            "mode": rule.mode,
            "definition": watch.definition,
            "file": watch.file,
            "line": rule.at.line,
        },
        "kpi": {"name": watched.kpi, "level": watched.level, "unit": watch.unit},
        "alert": alert,
        "dimensions": dimensions,
        "pipeline": {"name": pipeline},
    }


def message(
    watch: Watch, row: Mapping[str, Any], dimensions: Mapping[str, Any], alert: Mapping[str, Any]
) -> str:
    """The rule's message with its placeholders filled; `unknown` stands for what there is not."""
    names = watch.watched.fields
    values = {
        **{name: "unknown" if value is None else str(value) for name, value in dimensions.items()},
        watch.watched.level: " / ".join(str(row[name]) for name in names),
        "unit": watch.unit,
        "kpi": watch.kpi_title,
        "rule": watch.title,
        "start": alert["start"],
        "reason": alert["reason"],
        "duration": _lasting(alert["duration_s"]),
        **{name: figure(row[f"@{name}"]) for name in ("value", "expected", "lower", "upper")},
    }
    text = _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), watch.message)
    return re.sub(r" +", " ", text).strip()


def _state(snapshot: Snapshot, row: Mapping[str, Any]) -> str:
    if snapshot.change == "withdrawn":
        return "withdrawn"
    phase = STATES[row["@phase"]]
    return phase if phase in ("active", "recovering") else "resolved"


def _lasting(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:g} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def _number(value: float) -> float | int | None:
    if np.isnan(value) or np.isinf(value):
        return None
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)


def _iso(time: int) -> str:
    moment = datetime.fromtimestamp(time // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    part = time % 1_000_000
    return f"{moment}.{part:06d}Z" if part else f"{moment}Z"
