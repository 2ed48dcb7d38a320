"""A file's text and its lines, counted as YAML counts them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import yaml

from framework.definitions.diagnostics import Diagnostic, Span

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def lines_of(text: str) -> list[str]:
    """The lines of a text: where YAML sees a break, so that its line numbers fit.

    >>> lines_of("a: 1\\r\\nb: 2\\n")
    ['a: 1', 'b: 2', '']
    """
    return _BREAK.split(text)


@dataclass(frozen=True)
class Source:
    """One file: its path as shown, its text, and why that is not all of it or not right, if so."""

    path: str
    text: str
    problem: Diagnostic | None = None

    @cached_property
    def lines(self) -> list[str]:
        """Its lines; the first is `lines[0]`."""
        return lines_of(self.text)

    def line(self, number: int) -> str:
        """A line of the text, from 1; empty past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def span(self, node: yaml.Node) -> Span:
        """Where a node stands: its first line only."""
        start, end = node.start_mark, node.end_mark
        line = self.line(start.line + 1)
        last = end.column if end.line == start.line else len(line.rstrip())
        return Span(self.path, start.line + 1, start.column + 1, max(last + 1, start.column + 2))

    def place(self, line: int, column: int) -> Span:
        """A place (from 1), moved to the end of the last line that has text when it lies past that."""
        if line <= len(self.lines) and column <= len(self.line(line)):
            return Span(self.path, line, column, column + 1)
        line = min(line, len(self.lines))
        while line > 1 and not self.line(line).strip():
            line -= 1
        column = min(column, len(self.line(line).rstrip()) + 1)
        return Span(self.path, line, column, column + 1)
