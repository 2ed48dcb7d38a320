"""One JSON Schema (draft 7) of all kinds, for editors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from framework.definitions.spec import Kind


def combined(kinds: Iterable[Kind]) -> dict[str, Any]:
    """A schema that asks for the kind first and then for that kind only, so that messages do not mislead."""
    kinds = list(kinds)
    definitions = {kind.name: _plain(kind) for kind in kinds}
    for kind in kinds:
        definitions |= kind.schema().get("definitions", {})
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A Sortline definition",
        "type": "object",
        "definitions": definitions,
        "anyOf": [{"required": [kind.name]} for kind in kinds],
        "allOf": [
            # A rule names a KPI: that does not make it one.
            {
                "if": {"required": [kind.name], **({} if kind.name == "rule" else _NO_RULE)},
                "then": {"$ref": f"#/definitions/{kind.name}"},
            }
            for kind in kinds
        ],
    }


_NO_RULE = {"not": {"required": ["rule"]}}


def _plain(kind: Kind) -> dict[str, Any]:
    found = kind.schema()
    del found["$schema"]
    found.pop("definitions", None)
    return found
