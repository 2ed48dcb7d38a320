"""Where each character of a YAML scalar's value stands in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from framework.definitions.diagnostics import Span
from framework.definitions.model import Formula
from framework.definitions.text import Source

_FOLD = re.compile(r"[ \t]*\n(?:[ \t]*\n)*[ \t]*")
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|\n[ \t]*|.)", re.DOTALL)

Place = tuple[int, int]  # line and column, from 1


def formula(source: Source, node: yaml.ScalarNode) -> Formula:
    """A scalar as a formula that knows the place of each of its characters."""
    places = list(_places(source, node))
    if len(places) != len(node.value):
        # Not followed to the end: the beginning is better than a wrong place.
        first = (node.start_mark.line + 1, node.start_mark.column + 1)
        places = [first] * len(node.value)
    ends = [place for place, sign in enumerate(node.value) if sign == "\n" and place + 1 < len(node.value)]
    after = places[-1] if places else (node.start_mark.line + 1, node.start_mark.column + 1)
    starts = [(places or [after])[0], *(places[place + 1] for place in ends)]
    return Formula(
        node.value,
        tuple(Span(source.path, line, column) for line, column in starts),
        tuple(_runs(source.path, places)),
    )


def _runs(path: str, places: list[Place]) -> Iterator[tuple[int, Span]]:
    for index, (line, column) in enumerate(places):
        if index == 0 or (line, column - 1) != places[index - 1]:
            yield index, Span(path, line, column)


def _places(source: Source, node: yaml.ScalarNode) -> Iterator[Place]:
    if node.style in ("|", ">"):
        return _block(source, node)
    quoted = node.style in ("'", '"')
    raw = _raw(source, node)
    body = raw[1:-1] if quoted else raw
    return _flow(body, node, node.start_mark.line + 1, node.start_mark.column + 1 + quoted)


def _raw(source: Source, node: yaml.ScalarNode) -> str:
    lines = source.lines[node.start_mark.line : node.end_mark.line + 1]
    if len(lines) == 1:
        return lines[0][node.start_mark.column : node.end_mark.column]
    return "\n".join([lines[0][node.start_mark.column :], *lines[1:-1], lines[-1][: node.end_mark.column]])


def _flow(raw: str, node: yaml.ScalarNode, line: int, column: int) -> Iterator[Place]:
    place = 0
    while place < len(raw):
        found = _FOLD.match(raw, place)
        width, signs = 1, 1
        if found:
            breaks = found.group().count("\n")
            width, signs = len(found.group()), max(breaks - 1, 1)
        elif node.style == "'" and raw.startswith("''", place):
            width = 2
        elif node.style == '"' and (escape := _ESCAPE.match(raw, place)):
            width = len(escape.group())
            signs = 0 if "\n" in escape.group() else 1
        for _ in range(signs):
            yield line, column
        taken = raw[place : place + width]
        if "\n" in taken:
            line += taken.count("\n")
            column = len(taken) - taken.rfind("\n")
        else:
            column += width
        place += width


def _block(source: Source, node: yaml.ScalarNode) -> Iterator[Place]:
    value, taken = node.value, 0
    indent: int | None = None
    for number in range(node.start_mark.line + 2, len(source.lines) + 1):
        if taken >= len(value):
            return
        raw = source.line(number)
        if indent is None and raw.strip():
            indent = _indent(raw, value)
        text = raw[indent or 0 :] if indent is not None else ""
        if not value.startswith(text, taken):
            return
        for offset in range(len(text)):
            yield number, (indent or 0) + offset + 1
        taken += len(text)
        if taken < len(value) and value[taken] in ("\n", " ") and (text or value[taken] == "\n"):
            yield number, len(raw) + 1
            taken += 1


def _indent(raw: str, value: str) -> int:
    first = next(line for line in value.split("\n") if line.strip())
    return len(raw) - len(raw.lstrip()) - (len(first) - len(first.lstrip()))
