"""The clauses of a rule: detectors with their settings, and how they are joined."""

from __future__ import annotations

from typing import Any, Literal

from framework.definitions.build.figures import Figures, fields_of
from framework.definitions.convert import Path
from framework.definitions.kinds.detect import DETECTORS
from framework.definitions.rule import Clause, Combined, Leaf, Negated

_HEADS = (*DETECTORS, "not")


def build_clause(figures: Figures, path: Path) -> tuple[Clause | None, dict[Path, Leaf]]:
    """The clause at a path, None where it can't be told, and its detectors by their places in the file."""
    found: dict[Path, Leaf] = {}
    return _Builder(figures, found).clause(path), found


class _Builder:
    def __init__(self, figures: Figures, found: dict[Path, Leaf]) -> None:
        self.figures = figures
        self.found = found

    def clause(self, path: Path) -> Clause | None:
        body = self.figures.converted.value_at(path)
        head = self._head(path, body)
        parts: list[Clause | None] = [head]
        by: Literal["and", "or"] = "or" if "or" in body else "and"
        if "and" in body and "or" in body:
            message = "`and` and `or` stand side by side: which comes first can't be told"
            hint = "put one inside the other, as in {a: ..., and: {b: ..., or: {c: ...}}}"
            self._add((*path, "or"), "rule/and-or", message, hint)
            parts.append(None)
        for name in ("and", "or"):
            if name in body:
                parts += self._joined((*path, name), body[name])
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return known[0] if len(known) == 1 else Combined(by, tuple(known))

    def _joined(self, path: Path, value: Any) -> list[Clause | None]:
        if isinstance(value, list):
            return [self.clause((*path, place)) for place in range(len(value))]
        return [self.clause(path)]

    def _head(self, path: Path, body: dict[str, Any]) -> Clause | None:
        names = [name for name in body if name in _HEADS]
        if len(names) == 1:
            return self._negated((*path, "not")) if names[0] == "not" else self._leaf((*path, names[0]))
        if names:
            message = f"several detectors in one clause: {', '.join(names)}"
            hint = f"join them, as in {{{names[0]}: ..., and: {{{names[1]}: ...}}}}"
            self._add((*path, names[1]), "rule/several-detectors", message, hint)
        elif str(path[0]) not in self.figures.converted.faulty:
            hint = f"write one of {', '.join(DETECTORS)}"
            at = self.figures.converted.key(*path)
            self.figures.gather.add(at, "rule/no-detector", "the clause has no detector", hint)
        return None

    def _negated(self, path: Path) -> Clause | None:
        part = self.clause(path)
        return None if part is None else Negated(part)

    def _leaf(self, path: Path) -> Leaf:
        name = str(path[-1])
        body = self.figures.converted.value_at(path)
        settings = self.figures.of(fields_of(DETECTORS[name]), body, path)
        if "band" in settings:
            low, _, high = settings.pop("band").partition("..")
            settings |= {"low": float(low[1:]) / 100, "high": float(high[1:]) / 100}
        leaf = Leaf(name, settings, self.figures.converted.key(*path))
        self.found[path] = leaf
        return leaf

    def _add(self, path: Path, code: str, message: str, hint: str) -> None:
        self.figures.gather.add(self.figures.converted.key(*path), code, message, hint)
