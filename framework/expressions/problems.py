"""Gathers what is wrong with a formula, at the place in the file."""

from __future__ import annotations

import ast
import difflib
import unicodedata
from collections.abc import Iterable

from framework.definitions.diagnostics import Diagnostic, Severity
from framework.definitions.model import Formula


class Problems:
    """The diagnostics of one formula; a node that has one is not looked into any further."""

    def __init__(self, formula: Formula) -> None:
        self._formula = formula
        self._lines = lines(formula.text)
        self.found: list[Diagnostic] = []

    @property
    def errors(self) -> bool:
        """Whether the formula can't be used."""
        return any(one.severity == "error" for one in self.found)

    def add(
        self, node: ast.AST, code: str, message: str, hint: str = "", severity: Severity = "error"
    ) -> None:
        """A problem with a node of the parsed text."""
        line = getattr(node, "lineno", 1)
        start = self._characters(line, getattr(node, "col_offset", 0))
        end_line, end = getattr(node, "end_lineno", line), getattr(node, "end_col_offset", start + 1)
        # What goes over several lines is marked to the end of its first one.
        stop = self._characters(line, end) if end_line == line else len(self._lines[line - 1].rstrip())
        self.at(line, start, max(stop - start, 1), code, message, hint, severity)

    def at(
        self,
        line: int,
        offset: int,
        length: int,
        code: str,
        message: str,
        hint: str = "",
        severity: Severity = "error",
    ) -> None:
        """A problem at a character (from 0) of a line (from 1) of the text."""
        span = self._formula.at(line, offset, length)
        self.found.append(Diagnostic(span, f"formula/{code}", message, hint, severity))

    def _characters(self, line: int, offset: int) -> int:
        # ast counts bytes of UTF-8, files count characters.
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return len(text.encode()[:offset].decode(errors="ignore"))


def lines(text: str) -> list[str]:
    """The lines of a text as Python counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def nearest(name: str, known: Iterable[str], others: Iterable[str] = ()) -> str:
    """`did you mean ...?`, or what is known, or nothing. `others` may be meant too, but are not listed.

    >>> nearest("Sorted", ["sorted", "rejected"])
    "did you mean 'sorted'?"
    """
    names = sorted(set(known))
    folded = {one.casefold(): one for one in (*others, *names)}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    strange = next((character for character in name if not character.isascii()), None)
    if close and strange:
        called = unicodedata.name(strange, "a letter without a name")
        return f"did you mean '{folded[close[0]]}'? '{strange}' is no letter of it but {called}"
    if close:
        return f"did you mean '{folded[close[0]]}'?"
    if not names:
        return ""
    return f"there are: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"
