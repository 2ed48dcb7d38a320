"""Gathers what is wrong with a formula, at the place in the file."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable

from framework.definitions.diagnostics import Diagnostic, Severity
from framework.definitions.model import Formula


class Problems:
    """The diagnostics of one formula; a node that has one is not looked into any further."""

    def __init__(self, formula: Formula) -> None:
        self._formula = formula
        self._lines = formula.text.splitlines() or [""]
        self.found: list[Diagnostic] = []

    def add(self, node: ast.AST, code: str, message: str, hint: str = "", severity: Severity = "error") -> None:
        """A problem with a node of the parsed text."""
        line = getattr(node, "lineno", 1)
        start = self._characters(line, getattr(node, "col_offset", 0))
        end_line, end = getattr(node, "end_lineno", line), getattr(node, "end_col_offset", start + 1)
        length = self._characters(line, end) - start if end_line == line else 1
        self.at(line, start, max(length, 1), code, message, hint, severity)

    def at(self, line: int, offset: int, length: int, code: str, message: str, hint: str = "",
           severity: Severity = "error") -> None:
        """A problem at a character (from 0) of a line (from 1) of the text."""
        span = self._formula.at(line, offset, length)
        self.found.append(Diagnostic(span, f"formula/{code}", message, hint, severity))

    def _characters(self, line: int, offset: int) -> int:
        # ast counts bytes of UTF-8, files count characters.
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return len(text.encode()[:offset].decode(errors="ignore"))


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean ...?`, or what there is, or nothing."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    if not names:
        return ""
    return f"there are: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"
