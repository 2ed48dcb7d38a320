"""The event fields that a tree reads."""

from __future__ import annotations

from dataclasses import fields as members
from typing import Any

from framework.expressions.nodes import Field, Node


def fields_of(node: Node | None) -> frozenset[str]:
    """The names of the fields in a tree."""
    return frozenset(_walk(node))


def _walk(value: Any) -> list[str]:
    if isinstance(value, Field):
        return [value.name]
    if isinstance(value, tuple):
        return [name for one in value for name in _walk(one)]
    if hasattr(value, "__dataclass_fields__"):
        return [name for member in members(value) for name in _walk(getattr(value, member.name))]
    return []
