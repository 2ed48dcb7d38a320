"""`sortline check`: everything that is wrong with the definitions, at once."""

from __future__ import annotations

import argparse
import json

from framework.cli.checking import Checked, check
from framework.definitions import render


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("check", help="check the definitions")
    parser.add_argument("dir", help="folder of definitions")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the findings. 0: no errors, 1: errors."""
    checked = check(arguments.dir)
    if arguments.format == "json":
        print(json.dumps([one.as_json() for one in checked.diagnostics], indent=2, ensure_ascii=False))
    else:
        if checked.diagnostics:
            print(render(checked.diagnostics, checked.files), end="\n\n")
        print(_summary(checked))
    return 1 if checked.errors else 0


def _summary(checked: Checked) -> str:
    errors, warnings = len(checked.errors), len(checked.diagnostics) - len(checked.errors)
    counted = [_count(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    found = ", ".join(counted) or "no problems"
    if checked.definitions is None:
        return found
    has = checked.definitions
    rules = [_count(len(has.rules), "rule")] if has.rules else []
    parts = [_count(len(has.kpis), "KPI"), *rules, _count(len(has.zones), "zone map")]
    return f"{', '.join(parts)}: {found}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
