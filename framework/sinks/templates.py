"""Index templates, made from the definitions: which fields a document has, and of what type.

Only what is listed here is indexed, so that no document can make an index grow fields without end;
the whole document is kept all the same. The parts of KPIs are many and small numbers: they alone
are added as they come, and left out, not refused, beyond an index's limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.definitions.model import Definitions, FieldType

DATES = {"kpi": "%Y.%m.%d", "alert": "%Y.%m", "deadletter": "%Y.%m.%d"}  # of the index's name, by kind

KEYWORD = {"type": "keyword", "ignore_above": 1024}
DATE = {"type": "date"}
DOUBLE = {"type": "double"}
LONG = {"type": "long"}
BOOLEAN = {"type": "boolean"}
# Kept, never searched: text of any length.
KEPT = {"type": "keyword", "index": False, "doc_values": False}
_TYPES: Mapping[FieldType, dict[str, Any]] = {
    "string": KEYWORD,
    "int": LONG,
    "float": DOUBLE,
    "bool": BOOLEAN,
}


def alias(kind: str, namespace: str) -> str:
    """What all indices of a kind are found under; their own names have the date behind it.

    >>> alias("kpi", "prod")
    'sortline-kpi-prod'
    """
    return f"sortline-{kind}-{namespace}"


def template(kind: str, namespace: str, definitions: Definitions) -> dict[str, Any]:
    """The composable index template of a kind (`kpi`, `alert`, `deadletter`)."""
    name = alias(kind, namespace)
    mappings: dict[str, Any] = {"dynamic": False, "properties": properties(kind, definitions)}
    if kind == "kpi":
        mappings["dynamic_templates"] = [{"parts": {"path_match": "kpi.parts.*", "mapping": DOUBLE}}]
    return {
        "index_patterns": [f"{name}-*"],
        # One namespace may begin with another's name: then the longer name is meant.
        "priority": 200 + len(namespace),
        "meta": {"managed_by": "sortline", "pipeline": definitions.pipeline.name},
        "template": {
            "aliases": {name: {}},
            "settings": {
                "number_of_shards": 1,
                "auto_expand_replicas": "0-1",
                "mapping": {"total_fields": {"ignore_dynamic_beyond_limit": True}},
            },
            "mappings": mappings,
        },
    }


def properties(kind: str, definitions: Definitions) -> dict[str, Any]:
    """The mapped fields of a kind of document."""
    own = {
        "kpi": {"kpi": _object(_KPI), "dimensions": _object(dimensions(definitions))},
        "alert": {
            "message": {"type": "text"},
            "rule": _object(_RULE),
            "kpi": _object({"name": KEYWORD, "level": KEYWORD, "unit": KEYWORD}),
            "alert": _object(_ALERT),
            "dimensions": _object(dimensions(definitions)),
        },
        "deadletter": {"deadletter": _object(_DEADLETTER)},
    }[kind]
    return {
        "@timestamp": DATE,
        "event": _object({"kind": KEYWORD}),
        "pipeline": _object({"name": KEYWORD}),
        **own,
    }


def dimensions(definitions: Definitions) -> dict[str, Any]:
    """The mapping of every dimension that a document may have: an event's fields and what zone maps set."""
    types: dict[str, FieldType] = {field.name: field.type for field in definitions.pipeline.events.fields}
    names = {name for level in definitions.pipeline.levels for name in level.fields}
    names |= {name for kpi in definitions.kpis for grouping in kpi.by for name in grouping.fields}
    set_by_maps = definitions.dimensions
    names |= set(set_by_maps)
    return {name: _TYPES[set_by_maps.get(name) or types.get(name, "string")] for name in sorted(names)}


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"properties": dict(fields)}


_KPI = {
    "name": KEYWORD,
    "value": DOUBLE,
    "unit": KEYWORD,
    "level": KEYWORD,
    "window": _object({"start": DATE, "end": DATE, "size_s": DOUBLE}),
    "final": BOOLEAN,
    "revision": LONG,
    "parts": {"type": "object", "dynamic": True},
    "definition": KEYWORD,
}
_RULE = {
    "name": KEYWORD,
    "title": KEYWORD,
    "severity": KEYWORD,
    "mode": KEYWORD,
    "definition": KEYWORD,
    "file": KEYWORD,
    "line": LONG,
}
_ALERT = {
    "id": KEYWORD,
    "state": KEYWORD,
    "start": DATE,
    "fired": DATE,
    "end": DATE,
    "duration_s": DOUBLE,
    "value": DOUBLE,
    "expected": DOUBLE,
    "lower": DOUBLE,
    "upper": DOUBLE,
    "worst": DOUBLE,
    "reopened": LONG,
    "reason": KEYWORD,
    "clauses": {"type": "object", "enabled": False},
    "contributors": {"type": "object", "enabled": False},
    "members": {"type": "object", "enabled": False},
}
_DEADLETTER = {
    "reason": KEYWORD,
    "detail": KEYWORD,
    "shard": KEYWORD,
    "sequence": KEYWORD,
    "payload": KEPT,
    "payload_base64": KEPT,
}
