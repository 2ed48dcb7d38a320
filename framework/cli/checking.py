"""Everything that can be said of a folder of definitions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framework.definitions import Definitions, Diagnostic, load
from framework.expressions import CompiledKpi, compile_formulas


@dataclass(frozen=True)
class Checked:
    """A folder's definitions, its compiled KPIs, and all findings; `files` has the texts."""

    definitions: Definitions | None
    kpis: dict[str, CompiledKpi]
    diagnostics: tuple[Diagnostic, ...]
    files: dict[str, str]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that keep the definitions from running."""
        return tuple(one for one in self.diagnostics if one.severity == "error")


def check(folder: str | Path) -> Checked:
    """Load, cross-check and compile a folder. Never raises for what is written in it."""
    definitions, found, files = load(folder)
    if definitions is None:
        return Checked(None, {}, found, files)
    kpis, formulas = compile_formulas(definitions)
    whole = sorted({*found, *formulas}, key=lambda one: (one.at, one.code, one.message))
    return Checked(definitions, kpis, tuple(whole), files)
