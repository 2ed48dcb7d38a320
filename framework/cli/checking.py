"""Everything that can be said of a folder of definitions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from framework.definitions import Definitions, Diagnostic, load
from framework.definitions.model import Kpi
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
    unsure = _unsure(definitions)
    sure = [one for one in formulas if one.at.path not in unsure]
    whole = sorted({*found, *sure}, key=lambda one: (one.at, one.code, one.message))
    return Checked(definitions, kpis, tuple(whole), files)


def _unsure(definitions: Definitions) -> set[str]:
    """The files of KPIs that use, directly or not, a name that a mistake made unsure."""
    if not definitions.lost:
        return set()
    words = {kpi.name: _words(kpi) for kpi in definitions.kpis}
    lost = set(definitions.lost)
    while True:
        more = {name for name, used in words.items() if name not in lost and not used.isdisjoint(lost)}
        if not more:
            return {kpi.at.path for kpi in definitions.kpis if not words[kpi.name].isdisjoint(lost)}
        lost |= more


def _words(kpi: Kpi) -> set[str]:
    text = f"{kpi.value.text} {kpi.where.text if kpi.where else ''}"
    return set(re.findall(r"[A-Za-z_]\w*", text))
