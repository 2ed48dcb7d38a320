"""One JSON Schema (draft 7) of all kinds, for editors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from framework.definitions.spec import Kind


def combined(kinds: Iterable[Kind]) -> dict[str, Any]:
    """A schema that asks for the kind first and then for that kind only, so that messages do not mislead."""
    kinds = list(kinds)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A Sortline definition",
        "type": "object",
        "definitions": {kind.name: _plain(kind) for kind in kinds},
        "anyOf": [{"required": [name]} for name in (*(kind.name for kind in kinds), "rule")],
        "allOf": [
            # A rule names a KPI: that does not make it one.
            {
                "if": {"required": [kind.name], "not": {"required": ["rule"]}},
                "then": {"$ref": f"#/definitions/{kind.name}"},
            }
            for kind in kinds
        ],
    }


def _plain(kind: Kind) -> dict[str, Any]:
    found = kind.schema()
    del found["$schema"]
    return found
