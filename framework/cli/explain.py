"""`sortline explain`: the plan as a person would want to read it."""

from __future__ import annotations

import argparse
import json

from framework.cli.planning import plan_of
from framework.plan.explain import as_json, explain


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the verb."""
    parser = verbs.add_parser("explain", help="print the plan that the definitions compile to")
    parser.add_argument("dir", help="folder of definitions")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the plan."""
    plan, _ = plan_of(arguments.dir)
    print(json.dumps(as_json(plan), indent=2) if arguments.format == "json" else explain(plan))
    return 0
