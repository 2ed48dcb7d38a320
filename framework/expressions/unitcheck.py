"""Whether a KPI's declared unit is what its formula gives."""

from __future__ import annotations

import ast
import math

from framework.definitions.model import Kpi
from framework.expressions.problems import Problems
from framework.expressions.ratio import factor_of, ratio_of
from framework.expressions.typed import Typed
from framework.expressions.units import Unit, conversion, parse_unit

_TIME = {3600.0: "1h", 60.0: "1m", 1.0: "1s", 86_400.0: "1d"}


def check_unit(kpi: Kpi, tree: ast.expr, typed: Typed, problems: Problems) -> None:
    """Adds the problems of a KPI's unit: one that differs, and a share in `%` that is none."""
    if not kpi.unit or typed.unit is None or typed.constant:
        return
    declared = parse_unit(kpi.unit)
    # A factor of 100 may stand beside one that converts units.
    readings = (declared, Unit(declared.scale / 100, declared.powers)) if "%" in kpi.unit else (declared,)
    if not any(reading.same(typed.unit) for reading in readings):
        message = f"the formula gives {typed.unit.shown()}, but the KPI's unit is {kpi.unit}"
        problems.add(tree, "unit-mismatch", message, _cure(typed.unit, declared))
    elif kpi.unit.strip() == "%" and ratio_of(typed.node) and math.isclose(abs(factor_of(typed.node)), 1):
        message = "a share between 0 and 1 is shown as %"
        problems.add(tree, "percent-without-100", message, "multiply by 100", "warning")


def _cure(found: Unit, declared: Unit) -> str:
    factor = found.into(declared)
    rated = [base for base, power in declared.powers if base == "time" and power == -1]
    if factor is None and rated and not found.powers:
        per = _TIME.get(1 / declared.scale)
        return (
            f'to count per time: rate(..., per="{per}")' if per else "to count per time: rate(..., per=...)"
        )
    if factor is None:
        return "change the unit, or the formula"
    if found.powers == (("time", -1),):
        per = _TIME.get(round(1 / declared.scale, 9))
        if per:
            return f'write per="{per}", or {conversion(factor)}'
    return f"{conversion(factor)}, or change the unit"
