"""`sortline list`: what the definitions have, in tables."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from framework.cli.checking import check
from framework.definitions import Definitions, render
from framework.definitions.durations import shown
from framework.definitions.rule import Clause, Combined, Leaf, Negated

Rows = list[dict[str, object]]
_HEADS = {
    "kpis": ("KPIs", ("name", "title", "unit", "better", "by", "window", "owner")),
    "rules": ("Rules", ("name", "title", "kpi", "level", "detect", "severity", "mode", "owner")),
    "levels": ("Levels", ("name", "fields")),
    "zones": ("Zone maps", ("name", "effective", "assignments", "zones")),
    "calendars": ("Calendars", ("name", "timezone", "shifts")),
    "simulations": ("Simulations", ("name",)),
}


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("list", help="list KPIs, rules, levels and zone maps")
    parser.add_argument("dir", help="folder of definitions")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the tables. 1 when the definitions have errors: what can be read is listed all the same."""
    checked = check(arguments.dir)
    if checked.definitions is None:
        print(render(checked.errors, checked.files), file=sys.stderr)
        return 1
    found = rows(checked.definitions)
    if arguments.format == "json":
        print(
            json.dumps({"pipeline": checked.definitions.pipeline.name, **found}, indent=2, ensure_ascii=False)
        )
    else:
        console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
        console.print(f"Pipeline {checked.definitions.pipeline.name}", markup=False)
        for part, lines in found.items():
            if lines:
                console.print(_table(*_HEADS[part], lines))
    if checked.errors:
        print(f"{len(checked.errors)} error(s): see sortline check {arguments.dir}", file=sys.stderr)
    return 1 if checked.errors else 0


def rows(definitions: Definitions) -> dict[str, Rows]:
    """The rows of each table, as they stand in JSON."""
    kpis: Rows = [
        {
            "name": kpi.name,
            "title": kpi.title,
            "unit": kpi.unit,
            "better": kpi.better,
            "by": [grouping.name for grouping in kpi.by],
            "window": {"size": shown(kpi.window.size), "every": shown(kpi.window.every)},
            "owner": kpi.owner,
            "audience": list(kpi.audience),
            "value": kpi.value.text,
            "where": kpi.where.text if kpi.where else None,
            "path": kpi.at.path,
        }
        for kpi in definitions.kpis
    ]
    rules: Rows = [
        {
            "name": rule.name,
            "title": rule.title,
            "kpi": rule.kpi,
            "level": rule.level,
            "detect": _clause(rule.detect),
            "when": rule.fire.when,
            "for": rule.fire.windows,
            "severity": rule.fire.severity,
            "mode": rule.mode,
            "owner": rule.owner,
            "path": rule.at.path,
        }
        for rule in definitions.rules
    ]
    zones: Rows = [
        {
            "name": zone.name,
            "effective": shown_day(zone.effective),
            "assignments": len(zone.assignments),
            "zones": len({one.sets["zone"] for one in zone.assignments if "zone" in one.sets}),
            "path": zone.at.path,
        }
        for zone in definitions.zones
    ]
    calendars: Rows = [
        {"name": one.name, "timezone": one.timezone, "shifts": list(one.shifts), "path": one.at.path}
        for one in definitions.calendars
    ]
    return {
        "kpis": kpis,
        "rules": rules,
        "levels": [{"name": one.name, "fields": list(one.fields)} for one in definitions.pipeline.levels],
        "zones": zones,
        "calendars": calendars,
        "simulations": [{"name": one.name, "path": one.at.path} for one in definitions.simulations],
    }


def _clause(clause: Clause) -> str:
    """A clause by its detectors' names alone."""
    match clause:
        case Leaf(detector):
            return detector
        case Negated(part):
            return f"not {_inner(part)}"
        case Combined(by, parts):
            return f" {by} ".join(_inner(part) for part in parts)


def _inner(clause: Clause) -> str:
    return f"({_clause(clause)})" if isinstance(clause, Combined) else _clause(clause)


def shown_day(moment: int) -> str | None:
    """The day of a zone map's beginning; None for one that always held."""
    return datetime.fromtimestamp(moment / 1_000_000, UTC).isoformat()[:10] if moment else None


def _table(title: str, heads: Sequence[str], lines: Iterable[dict[str, object]]) -> Table:
    table = Table(
        title=title, title_justify="left", header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for head in heads:
        table.add_column(
            head, overflow="fold", justify="right" if head in ("assignments", "zones") else "left"
        )
    for line in lines:
        table.add_row(*(Text(_cell(line[head])) for head in heads))
    return table


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return value["size"] if value["size"] == value["every"] else f"{value['size']} every {value['every']}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
