"""Panels over the embedded store: a KPI's trend, its worst, its table; for any definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from framework.definitions.model import Kpi

Document = Mapping[str, Any]
_BARS = "▁▂▃▄▅▆▇█"


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


def trend(kpi: Kpi, wanted: Wanted, found: Sequence[Document]) -> Panel:
    """One line for each key: the last windows as bars, and the newest whole value."""
    table = Table.grid(padding=(0, 2))
    for key, windows in sorted(_by_key(found).items()):
        values = [_value(one) for one in windows][-40:]
        whole = [_value(one) for one in windows if one["kpi"]["final"]] or values
        table.add_row(
            Text(key, style="bold"), Text(bars(values), style="cyan"), f"{whole[-1]:,.0f} {kpi.unit}"
        )
    return Panel(table, title=f"{kpi.title} by {wanted.level}", title_align="left", border_style="cyan")


def worst(kpi: Kpi, wanted: Wanted, found: Sequence[Document], rows: int = 6) -> Panel:
    """The worst keys in the newest closed window, with what they were over the windows before."""
    lines = []
    for key, windows in _by_key(found).items():
        closed = [one for one in windows if one["kpi"]["final"] and one["kpi"]["value"] is not None]
        if closed:
            values = [_value(one) for one in closed]
            usual = sorted(values)[len(values) // 2]
            lines.append((values[-1], key, usual, values))
    lines.sort(key=lambda one: (one[0], one[1]), reverse=kpi.better == "lower")
    table = Table.grid(padding=(0, 2))
    for value, key, usual, values in lines[:rows]:
        bad = value < 0.5 * usual if kpi.better == "higher" else value > 2 * usual and value > 0
        style = "bold red" if bad else ""
        mark = "▼" if bad and kpi.better == "higher" else "▲" if bad else " "
        table.add_row(
            Text(key, style=style),
            Text(f"{value:,.1f} {kpi.unit}", style=style),
            Text(bars(values[-20:]), style="yellow"),
            Text(f"{mark} usual {usual:,.1f}", style=style or "dim"),
        )
    return Panel(
        table, title=f"Worst {kpi.title.lower()} by {wanted.level}", title_align="left", border_style="yellow"
    )


def totals(kpi: Kpi, wanted: Wanted, found: Sequence[Document], rows: int = 8) -> Panel:
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


def _value(document: Document) -> float:
    return float(document["kpi"]["value"] or 0.0)
