"""Gathers problems while a model is built."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from framework.definitions.convert import Converted
from framework.definitions.diagnostics import Diagnostic, Severity, Span
from framework.definitions.durations import microseconds


class Gather:
    """The problems of a folder; building goes on after each."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def add(self, at: Span, code: str, message: str, hint: str = "", severity: Severity = "error") -> None:
        """A problem."""
        self.found.append(Diagnostic(at, code, message, hint, severity))

    def unknown(self, at: Span, code: str, what: str, name: str, known: Iterable[str]) -> None:
        """A name that nothing has."""
        names = sorted(set(known))
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
        hint = f"did you mean '{close[0]}'?" if close else f"there are: {', '.join(names)}" if names else ""
        self.add(at, code, f"no {what} '{name}'", hint)

    def duration(self, converted: Converted, *path: str, default: int | None = None) -> int:
        """A duration somewhere in a file, in microseconds."""
        value = converted.value
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return (default or 0) if value is None else microseconds(value)


def formula_starts(converted: Converted, *path: str) -> tuple[Span, ...]:
    """Where each line of a formula begins in the file."""
    node = converted.scalars[path]
    source = converted.source
    first, column = node.start_mark.line + 1, node.start_mark.column + 1
    count = max(len(node.value.splitlines()), 1)
    if node.style in ("|", ">"):
        spans = []
        for line in range(first + 1, node.end_mark.line + 2):
            text = source.line(line)
            if text.strip() or node.style == "|":
                spans.append(Span(source.path, line, len(text) - len(text.lstrip()) + 1))
        if node.style == ">":
            spans = spans[:1] * count
        return tuple(spans[:count]) or (Span(source.path, first, column),)
    shift = 1 if node.style in ("'", '"') else 0
    return (Span(source.path, first, column + shift),) * count
