"""A folder of definitions, or its plan; or its problems on the screen."""

from __future__ import annotations

import sys

from framework.cli.checking import Checked, check
from framework.cli.errors import UserError
from framework.definitions import Definitions, render
from framework.plan import Plan, compile_plan


def plan_of(folder: str) -> tuple[Plan, Definitions]:
    """The plan of a folder. Raises `UserError` after printing the diagnostics when there are errors."""
    definitions, checked = sound(folder, "nothing was run")
    return compile_plan(definitions, checked.kpis), definitions


def sound(folder: str, outcome: str) -> tuple[Definitions, Checked]:
    """A folder's definitions, without errors. Raises `UserError`, after printing them, with the `outcome`."""
    checked = check(folder)
    if checked.errors or checked.definitions is None:
        print(render(checked.errors, checked.files), file=sys.stderr)
        raise UserError(f"{len(checked.errors)} problem(s) in {folder}: {outcome}", code=1)
    return checked.definitions, checked
