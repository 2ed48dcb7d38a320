"""`sortline backtest`: which episodes the rules would have had, and what other definitions would change."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from framework.cli.arguments import positive
from framework.cli.errors import UserError
from framework.cli.planning import plan_of
from framework.cli.progress import Progress
from framework.sources import SourceError, open_source
from framework.testing.comparison import Comparison, Document, by_rule, compare, key_of, told
from framework.testing.trial import Trial, trial
from runners.driver import BATCH_RECORDS, TickFailed

_MOST = 20  # episodes or keys of a kind, in words


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("backtest", help="the episodes that rules would have had over recorded events")
    parser.add_argument("dir", help="folder of definitions")
    parser.add_argument(
        "--source", required=True, metavar="file:PATH", help="recorded events: a file or folder"
    )
    parser.add_argument("--against", metavar="DIR", help="other definitions, such as those in force today")
    parser.add_argument(
        "--batch-records",
        type=positive,
        default=BATCH_RECORDS,
        metavar="N",
        help="records of a tick (default %(default)s)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the definitions, and those to compare with, over the same events."""
    if not arguments.source.startswith("file:"):
        raise UserError("a backtest needs events that end: --source file:PATH")
    new = _trial(arguments, arguments.dir)
    old = _trial(arguments, arguments.against) if arguments.against else None
    comparison = compare(old.alerts, new.alerts) if old else None
    if arguments.format == "json":
        print(json.dumps(_json(new, comparison), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_text(new, comparison, arguments.against)))
    return 0


def _trial(arguments: argparse.Namespace, folder: str) -> Trial:
    plan, _ = plan_of(folder)
    progress = Progress(sys.stderr)
    try:
        source = open_source(arguments.source)
        return trial(plan, source, batch_records=arguments.batch_records, on_tick=progress.show)
    except (SourceError, TickFailed) as error:
        raise UserError(str(error), code=1) from None
    finally:
        progress.close()


def _json(new: Trial, comparison: Comparison | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "records": new.totals.get("records", 0),
        "rules": by_rule(new.alerts, new.modes),
        "episodes": told(new.alerts),
    }
    if comparison:
        found["changes"] = {
            "appear": list(comparison.appear),
            "go": list(comparison.go),
            "move": [{"before": old, "after": new} for old, new in comparison.moved],
            "same": comparison.same,
        }
    return found


def _text(new: Trial, comparison: Comparison | None, against: str | None) -> list[str]:
    rules = by_rule(new.alerts, new.modes)
    count = sum(rule["episodes"] for rule in rules.values())
    records = new.totals.get("records", 0)
    lines = [f"{records:,} records, {len(rules):,} rules, {count:,} episodes"]
    for name, rule in rules.items():
        keys = list(rule["keys"].items())
        listed = ", ".join(f"{key} {times}" if times > 1 else key for key, times in keys[:_MOST])
        more = f" and {len(keys) - _MOST:,} more" if len(keys) > _MOST else ""
        shadow = " (shadow)" if rule["mode"] == "shadow" else ""
        days = f" on {len(rule['days']):,} days: " if rule["episodes"] else ""
        lines.append(f"  {name}{shadow}: {rule['episodes'] or 'none'}{days}{listed}{more}")
    if comparison:
        lines += ["", f"Against {against}: {comparison.same:,} stay as they are"]
        lines += _listed("new", comparison.appear)
        lines += _listed("gone", comparison.go)
        lines += _listed("moved", [after for _, after in comparison.moved])
    return lines


def _listed(what: str, found: Sequence[Document]) -> list[str]:
    lines = [f"  {len(found):,} {what}"] if found else []
    for one in found[:_MOST]:
        alert = one["alert"]
        end = alert["end"] or "still open"
        lines.append(f"    {one['rule']['name']} {key_of(one)}  {alert['start']} to {end}  {one['message']}")
    if len(found) > _MOST:
        lines.append(f"    and {len(found) - _MOST:,} more")
    return lines
