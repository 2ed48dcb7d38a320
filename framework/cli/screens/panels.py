"""Panels over the embedded store: a KPI's trend, its worst, its table; for any definitions."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from framework.definitions.model import Kpi

Document = Mapping[str, Any]
_BARS = "▁▂▃▄▅▆▇█"
_LAST = 3  # windows that are judged together: one alone may hold next to nothing


@dataclass(frozen=True)
class Wanted:
    """A KPI at a level, as `--trend`, `--worst` and `--table` name it: `throughput:region`."""

    kpi: str
    level: str

    @classmethod
    def of(cls, text: str) -> Wanted:
        """The KPI and level of `kpi:level`. Raises `ValueError`."""
        kpi, colon, level = text.partition(":")
        if not colon or not level:
            raise ValueError(f"'{text}' is no KPI and level: write kpi:level")
        return cls(kpi, level)


def trend(kpi: Kpi, wanted: Wanted, found: Sequence[Document], rows: int = 6) -> Panel:
    """One line for each key: the last windows as bars, and the newest whole value."""
    table = Table.grid(padding=(0, 2))
    for key, windows in sorted(_by_key(found).items())[:rows]:
        values = [_value(one) for one in windows][-40:]
        whole = [_value(one) for one in windows if one["kpi"]["final"]] or values
        table.add_row(
            Text(key, style="bold"), Text(bars(values), style="cyan"), f"{whole[-1]:,.0f} {kpi.unit}"
        )
    return Panel(table, title=f"{kpi.title} by {wanted.level}", title_align="left", border_style="cyan")


def worst(kpi: Kpi, wanted: Wanted, found: Sequence[Document], rows: int = 6) -> Panel:
    """The worst keys over the last closed windows; red are those far from what the others have."""
    lower = kpi.better == "lower"
    lines = []
    for key, windows in _by_key(found).items():
        closed = [one for one in windows if one["kpi"]["final"]]
        value = _over(closed[-_LAST:])
        if value is not None:
            lines.append((value, key, [_value(one) for one in closed[-20:]]))
    lines.sort(key=lambda one: (-one[0] if lower else one[0], one[1]))
    others = statistics.median(value for value, *_ in lines) if lines else 0.0
    table = Table.grid(padding=(0, 2))
    for value, key, values in lines[:rows]:
        far = value > 4 * others if lower else value < 0.5 * others
        bad = far and len(values) > _LAST  # the very first windows hold next to nothing
        style = "bold red" if bad else ""
        table.add_row(
            Text(key, style=style),
            Text(f"{value:,.1f} {kpi.unit}", style=style),
            Text(bars(values), style="yellow"),
            Text(f"{'▲' if lower else '▼'} others {others:,.1f}" if bad else "", style=style),
        )
    title = f"Worst {kpi.title.lower()} by {wanted.level}, last {_LAST} windows"
    return Panel(table, title=title, title_align="left", border_style="yellow")


def totals(kpi: Kpi, wanted: Wanted, found: Sequence[Document], rows: int = 6) -> Panel:
    """The sum over the windows shown: the first dimension down, the second across."""
    cells: dict[str, dict[str, float]] = {}
    for one in found:
        first, second, *_ = [*map(str, _key(one)), "", ""]
        row = cells.setdefault(first, {})
        row[second] = row.get(second, 0.0) + _value(one)
    columns = sorted({name for row in cells.values() for name in row})
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("")
    for name in [*columns, "all"]:
        table.add_column(name, justify="right")
    for name, row in sorted(cells.items(), key=lambda item: -sum(item[1].values()))[:rows]:
        table.add_row(
            Text(name, style="bold"), *(f"{row.get(c, 0):,.0f}" for c in columns), f"{sum(row.values()):,.0f}"
        )
    return Panel(table, title=f"{kpi.title}, by {wanted.level}", title_align="left", border_style="magenta")


def bars(values: Sequence[float]) -> str:
    """Values as a line of bars, from zero to the greatest.

    >>> bars([0, 1, 2])
    '▁▅█'
    """
    most = max(values, default=0.0)
    if most <= 0:
        return _BARS[0] * len(values)
    return "".join(_BARS[min(int(value / most * 7 + 0.5 if value else 0), 7)] for value in values)


def _by_key(found: Sequence[Document]) -> dict[str, list[Document]]:
    keyed: dict[str, list[Document]] = {}
    for one in sorted(found, key=lambda one: str(one["@timestamp"])):
        keyed.setdefault(" ".join(map(str, _key(one))), []).append(one)
    return keyed


def _key(document: Document) -> list[Any]:
    """The values that tell one of a level from another: they stand in the document's id."""
    return list(document["_id"].split(":")[3:-4])


def _over(windows: Sequence[Document]) -> float | None:
    """One value over several windows: a ratio's from the sums of its parts, else their mean."""
    known = [one["kpi"] for one in windows if one["kpi"]["value"] is not None]
    if not known:
        return None
    parts = [one["parts"] for one in known]
    if all("denominator" in one for one in parts):
        above, below = (sum(one[name] for one in parts) for name in ("numerator", "denominator"))
        # What the ratio is multiplied by (100 for a percentage) is what its own value says.
        factor = [
            one["value"] * one["parts"]["denominator"] / one["parts"]["numerator"]
            for one in known
            if one["parts"]["numerator"]
        ]
        return float(factor[0] * above / below) if factor and below else 0.0
    return statistics.fmean(float(one["value"]) for one in known)


def _value(document: Document) -> float:
    return float(document["kpi"]["value"] or 0.0)
