"""Nodes to plain values, as the description asks: what should be text stays what the author wrote."""

from __future__ import annotations

import contextlib
import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from framework.definitions.diagnostics import Diagnostic, Span
from framework.definitions.spec import Either, Items, Named, Object, Scalar, Shared, Spec, Text
from framework.definitions.text import Source

_INT = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")

Path = tuple[str | int, ...]


@dataclass
class Converted:
    """A file as plain values, with the place of every key and value, and the node of every scalar.

    `notes` are warnings about single values; `faulty` are the keys that had mistakes and were left out.
    """

    source: Source
    value: Any = None
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)
    scalars: dict[Path, yaml.ScalarNode] = field(default_factory=dict)
    notes: list[Diagnostic] = field(default_factory=list)
    faulty: set[str] = field(default_factory=set)

    def at(self, *path: str | int) -> Span:
        """The place of a value, or of the nearest thing around it that there is."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Span(self.source.path))

    def key(self, *path: str | int) -> Span:
        """The place of a key."""
        return self.keys.get(path) or self.at(*path)

    def value_at(self, path: Path) -> Any:
        """The value at a path."""
        found = self.value
        for part in path:
            found = found[part]
        return found

    def drop(self, path: Path) -> bool:
        """Takes a value out, or the nearest thing around it that has a key. False when that is the file."""
        while path and isinstance(path[-1], int):
            path = path[:-1]
        if not path:
            return False
        # What is around it may have been dropped already.
        with contextlib.suppress(KeyError, IndexError):
            self.value_at(path[:-1]).pop(path[-1], None)
        return True


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
    if isinstance(spec, Shared):
        spec = spec.of()
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
        if isinstance(spec, Named) and isinstance(spec.value, Scalar) and isinstance(value, yaml.ScalarNode):
            _lookalike(into, value)
    return found


def _lookalike(into: Converted, node: yaml.ScalarNode) -> None:
    text = node.value
    if node.style is not None or plain_number(text) is not None:
        return
    meant = text.lower() if text.lower() in ("true", "false") and not text.islower() else meant_number(text)
    # Leading zeros are kept on purpose: identifiers have them.
    if meant is not None and not re.fullmatch(r"0[0-9]+", text):
        hint = f'write {meant}, or "{text}" when text is meant'
        message = f"{text} is text here"
        into.notes.append(Diagnostic(into.source.span(node), "value/looks-like", message, hint, "warning"))


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
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "null", "~"):
        return None
    number = plain_number(text)
    return text if number is None else number


def plain_number(text: str) -> int | float | None:
    """The number that JSON would read, or None; whole ones are of 64 bits, others finite.

    >>> plain_number("12"), plain_number("1.5e3"), plain_number("1_000"), plain_number("1e999")
    (12, 1500.0, None, None)
    """
    if _INT.match(text):
        whole = int(text) if len(text) < 21 else 1 << 64
        return whole if -(1 << 63) <= whole < 1 << 63 else None
    if _FLOAT.match(text):
        number = float(text)
        return number if math.isfinite(number) else None
    return None


def meant_number(text: str) -> str | None:
    """What to write for a number in a form that is not read as one, or None when it is none.

    >>> meant_number("1_000"), meant_number("0x1F"), meant_number("0o17"), meant_number("1,5")
    ('1000', '31', '15', None)
    """
    if re.fullmatch(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        text = text.replace(",", "")
    if re.fullmatch(r"[-+]?[0-9]+(_[0-9]+)*(\.[0-9]+)?", text):
        sign = "-" if text.startswith("-") else ""
        whole, _, rest = text.lstrip("-+").replace("_", "").partition(".")
        return f"{sign}{whole.lstrip('0') or '0'}{'.' + rest if rest else ''}"
    if re.fullmatch(r"[-+]?(0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}|0b[01]{1,60})", text):
        return str(int(text, 0))
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+\.)", text):
        return str(float(text))
    return None
