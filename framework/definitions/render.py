"""Diagnostics as text, with the line and a caret under the place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from framework.definitions.diagnostics import Diagnostic


def render(diagnostics: Iterable[Diagnostic], files: Mapping[str, str]) -> str:
    """The findings one after another. `files` has the texts that their lines are taken from."""
    return "\n\n".join(_one(one, files) for one in diagnostics)


def _one(diagnostic: Diagnostic, files: Mapping[str, str]) -> str:
    at = diagnostic.at
    word = "" if diagnostic.severity == "error" else f"{diagnostic.severity}: "
    lines = [f"{at}: {diagnostic.code}: {word}{diagnostic.message}"]
    text = files.get(at.path)
    source = text.split("\n") if text is not None else []
    if 0 < at.line <= len(source):
        line = source[at.line - 1].replace("\t", " ")
        start, width = _cut(line, at.column)
        shown = line[start : start + width]
        number = str(at.line)
        length = max(min(at.end_column, start + len(shown) + 1) - at.column, 1)
        lines += [
            f"  {number} | {shown}",
            f"  {' ' * len(number)} | {' ' * (at.column - 1 - start)}{'^' * length}",
        ]
    if diagnostic.hint:
        lines.append(f"  hint: {diagnostic.hint}")
    return "\n".join(lines)


def _cut(line: str, column: int) -> tuple[int, int]:
    """Where to begin a long line, and how much of it to show."""
    width = 160
    return (0, width) if len(line) <= width or column < width - 40 else (column - 60, width)
