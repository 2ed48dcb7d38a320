"""Figures as a rule writes them to the values that its model holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path, plain_number
from framework.definitions.diagnostics import Span
from framework.definitions.durations import LONGEST, microseconds, shown
from framework.definitions.kinds.common import DURATIONS, SHARE, WINDOWS
from framework.definitions.rule import Amount
from framework.definitions.spec import Field, Number, Object, Quantity, Spec

_MOST_WINDOWS = 1_000_000


@dataclass(frozen=True)
class Figures:
    """Reads the figures of one file. `every` is the step of the KPI's windows, in microseconds."""

    converted: Converted
    gather: Gather
    every: int

    def of(self, fields: tuple[Field, ...], body: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """Each field as a normal value: what the file says, else its default, else None."""
        found = {}
        for field in fields:
            written = body.get(field.name, field.default or None)
            if isinstance(field.spec, Number | Quantity) and isinstance(written, str):
                number = plain_number(written)
                written = written if number is None else number
            value = None if written is None else self.value(field.spec, written, (*path, field.name))
            found[field.name] = value
        return found

    def value(self, spec: Spec, written: Any, path: Path) -> Any:
        """One value, as its description asks."""
        if spec == WINDOWS:
            return self.windows(written, path)
        if spec == DURATIONS:
            return self.duration(written, path)
        if isinstance(spec, Quantity):
            number = amount(written)
            share = number.value / 100 if number.percent else number.value
            return share if spec == SHARE else number
        if isinstance(spec, Number):
            return int(written) if spec.whole else float(written)
        return written

    def windows(self, written: str, path: Path, least: int = 1, most: int = _MOST_WINDOWS) -> int:
        """A number of windows; a stretch of time is rounded up to whole ones."""
        count, _, unit = written.partition(" ")
        found = int(count) if unit else -(-microseconds(written) // self.every)
        if found < least:
            self.add(path, "rule/too-short", f"{written} is too short", f"write {least} window or more")
            return least
        if found > most:
            self.add(path, "rule/too-long", f"{written} is longer than makes sense", self._most(unit, most))
            return least
        return found

    def _most(self, unit: str, most: int) -> str:
        return f"the most is {most:,} windows" if unit else f"the most is {shown(most * self.every)}"

    def duration(self, written: str, path: Path) -> int:
        """A stretch of time in microseconds."""
        found = microseconds(written)
        if found > LONGEST:
            self.add(path, "rule/too-long", f"{written} is too long", f"the most is {shown(LONGEST)}")
            return LONGEST
        return found

    def add(self, path: Path, code: str, message: str, hint: str = "") -> None:
        """A problem with the value at a path."""
        self.gather.add(self.at(path), code, message, hint)

    def at(self, path: Path) -> Span:
        """The place of a value."""
        return self.converted.at(*path)


def amount(written: str | float) -> Amount:
    """A number or a percentage.

    >>> amount("30%"), amount(900)
    (Amount(value=30.0, percent=True), Amount(value=900.0, percent=False))
    """
    if isinstance(written, str):
        return Amount(float(written.rstrip("% ")), True)
    return Amount(float(written))


def fields_of(field: Field) -> tuple[Field, ...]:
    """The keys of a field that is a mapping."""
    return field.spec.fields if isinstance(field.spec, Object) else ()
