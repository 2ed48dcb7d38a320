"""Diagnostics as text, with the line and a caret under the place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from framework.definitions.diagnostics import Diagnostic
from framework.definitions.text import lines_of

_WIDEST = 120


def render(diagnostics: Iterable[Diagnostic], files: Mapping[str, str]) -> str:
    """The findings one after another. `files` has the texts that their lines are taken from."""
    lines: dict[str, list[str]] = {}
    return "\n\n".join(_one(one, files, lines) for one in diagnostics)


def _one(diagnostic: Diagnostic, files: Mapping[str, str], lines: dict[str, list[str]]) -> str:
    at = diagnostic.at
    if at.path not in lines:
        lines[at.path] = lines_of(files[at.path]) if at.path in files else []
    word = "" if diagnostic.severity == "error" else f"{diagnostic.severity}: "
    found = [f"{at}: {diagnostic.code}: {word}{_plain(diagnostic.message)}"]
    if 0 < at.line <= len(lines[at.path]):
        found += _excerpt(lines[at.path][at.line - 1], at.line, at.column - 1, at.end_column - 1)
    if diagnostic.hint:
        found.append(f"  hint: {_plain(diagnostic.hint)}")
    return "\n".join(found)


def _excerpt(line: str, number: int, start: int, end: int) -> list[str]:
    """The line, or the part of a long one around the place, and the carets under it."""
    cut = max(start - _WIDEST // 3, 0) if len(line) > _WIDEST else 0
    shown = _plain(line[cut : cut + _WIDEST]).rstrip()
    start, end = start - cut, min(max(end, start + 1) - cut, max(len(shown), start - cut + 1))
    before, under = _columns(shown[:start].ljust(start)), max(_columns(shown[start:end]), 1)
    gutter = " " * len(str(number))
    return [f"  {number} | {shown}", f"  {gutter} | {' ' * before}{'^' * under}"]


def _plain(text: str) -> str:
    """The text without what could move a terminal's cursor."""
    return "".join(" " if sign == "\t" else sign if sign.isprintable() else "\ufffd" for sign in text)


def _columns(text: str) -> int:
    """How many columns a terminal takes for a text."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) > 0 for sign in text)
