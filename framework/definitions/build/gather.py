"""Gathers problems while a model is built."""

from __future__ import annotations

from collections.abc import Iterable

from framework.definitions.convert import Converted
from framework.definitions.diagnostics import Diagnostic, Severity, Span
from framework.definitions.durations import LONGEST, microseconds, shown
from framework.definitions.names import did_you_mean


class Gather:
    """The problems of a folder; building goes on after each.

    `lost` are names that some broken file would have given, or got wrong: of these nothing more is said.
    `words` are those of zone maps that can't be read: some are names of dimensions.
    """

    def __init__(self, found: Iterable[Diagnostic] = ()) -> None:
        self.found: list[Diagnostic] = list(found)
        self.lost: set[str] = set()
        self.words: set[str] = set()

    def add(self, at: Span, code: str, message: str, hint: str = "", severity: Severity = "error") -> None:
        """A problem."""
        self.found.append(Diagnostic(at, code, message, hint, severity))

    def unknown(self, at: Span, code: str, what: str, name: str, known: Iterable[str]) -> None:
        """A name that nothing has."""
        if name not in self.lost:
            self.add(at, code, f"no {what} '{name}'", did_you_mean(name, known))

    def duration(self, converted: Converted, *path: str, default: int = 0) -> int:
        """A duration somewhere in a file, in microseconds; the default where there is none."""
        value = converted.value
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            return default
        found = microseconds(value)
        if found > LONGEST:
            code = f"{next(iter(converted.value))}/too-long"
            self.add(converted.at(*path), code, f"{value} is too long", f"the most is {shown(LONGEST)}")
            return default
        return found
