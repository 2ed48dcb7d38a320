"""A folder of definitions to a plan, or its problems on the screen."""

from __future__ import annotations

import sys
from pathlib import Path

from framework.cli.checking import check
from framework.cli.errors import UserError
from framework.definitions import render
from framework.definitions.model import Definitions
from framework.plan import Plan, compile_plan


def plan_of(folder: str) -> tuple[Plan, Definitions]:
    """The plan of a folder. Raises `UserError` after printing the diagnostics when there are errors."""
    definitions, kpis, diagnostics = check(Path(folder))
    errors = [one for one in diagnostics if one.severity == "error"]
    if errors or definitions is None:
        files = definitions.files if definitions else {}
        print(render(tuple(errors), files), file=sys.stderr)
        raise UserError(f"{len(errors)} problem(s) in {folder}: nothing was run", code=1)
    return compile_plan(definitions, kpis), definitions
