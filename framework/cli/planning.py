"""A folder of definitions to a plan, or its problems on the screen."""

from __future__ import annotations

import sys

from framework.cli.checking import check
from framework.cli.errors import UserError
from framework.definitions import Definitions, render
from framework.plan import Plan, compile_plan


def plan_of(folder: str) -> tuple[Plan, Definitions]:
    """The plan of a folder. Raises `UserError` after printing the diagnostics when there are errors."""
    checked = check(folder)
    if checked.errors or checked.definitions is None:
        print(render(checked.errors, checked.files), file=sys.stderr)
        raise UserError(f"{len(checked.errors)} problem(s) in {folder}: nothing was run", code=1)
    return compile_plan(checked.definitions, checked.kpis), checked.definitions
