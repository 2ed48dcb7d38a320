"""Nodes to plain values, as the description asks: what should be text stays what the author wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from framework.definitions.diagnostics import Span
from framework.definitions.nodes import Source
from framework.definitions.spec import Boolean, Either, Items, Named, Number, Object, Scalar, Spec, Text

_INT = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")

Path = tuple[str | int, ...]


@dataclass
class Converted:
    """A file as plain values, with the place of every key and value, and the node of every scalar."""

    source: Source
    value: Any = None
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)
    scalars: dict[Path, yaml.ScalarNode] = field(default_factory=dict)

    def at(self, *path: str | int) -> Span:
        """The place of a value, or of the nearest thing around it that there is."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Span(self.source.path))

    def key(self, *path: str | int) -> Span:
        """The place of a key."""
        return self.keys.get(path) or self.at(*path)


def convert(source: Source, root: yaml.Node, spec: Spec) -> Converted:
    """The whole file as plain values."""
    converted = Converted(source)
    converted.value = _convert(converted, root, spec, ())
    return converted


def _convert(into: Converted, node: yaml.Node, spec: Spec | None, path: Path) -> Any:
    into.values[path] = into.source.span(node)
    if isinstance(spec, Either):
        shapes = {yaml.ScalarNode: spec.scalar, yaml.SequenceNode: spec.items, yaml.MappingNode: spec.mapping}
        spec = shapes[type(node)]
    if isinstance(node, yaml.ScalarNode):
        into.scalars[path] = node
        return scalar(node, spec)
    if isinstance(node, yaml.SequenceNode):
        item = spec.item if isinstance(spec, Items) else None
        return [_convert(into, one, item, (*path, place)) for place, one in enumerate(node.value)]
    found = {}
    for key, value in node.value:
        name = key.value
        into.keys[(*path, name)] = into.source.span(key)
        found[name] = _convert(into, value, _inner(spec, name), (*path, name))
    return found


def _inner(spec: Spec | None, name: str) -> Spec | None:
    if isinstance(spec, Named):
        return spec.value
    if isinstance(spec, Object):
        return next((one.spec for one in spec.fields if one.name == name), Scalar() if spec.free else None)
    return None


def scalar(node: yaml.ScalarNode, spec: Spec | None) -> Any:
    """A scalar's value. Only JSON's own forms are numbers and booleans; all else is text."""
    text = node.value
    if isinstance(spec, Text) or node.style is not None:
        return None if node.style is None and text == "" else text
    if isinstance(spec, Number | Boolean | Scalar) or spec is None:
        if text in ("true", "false"):
            return text == "true"
        if _INT.match(text) and len(text) < 20:
            return int(text)
        if _FLOAT.match(text):
            return float(text)
        if text in ("", "null", "~"):
            return None
    return text
