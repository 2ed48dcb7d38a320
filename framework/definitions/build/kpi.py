"""The KPIs' models."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.build.grouping import groupings
from framework.definitions.convert import Converted
from framework.definitions.durations import DAY, SECOND
from framework.definitions.positions import formula

_EXPECTED = ("title", "unit", "better", "owner", "audience")
_MOST = 1_000


def build_kpi(
    converted: Converted, gather: Gather, pipeline: model.Pipeline, dimensions: Mapping[str, model.FieldType]
) -> model.Kpi:
    """The model of a checked KPI file."""
    value = converted.value
    name = value["kpi"]
    absent = [key for key in _EXPECTED if not value.get(key) and not (key == "unit" and key in value)]
    absent = [key for key in absent if key not in converted.faulty]
    if absent:
        message = f"'{name}' has no {', '.join(absent)}"
        hint = "say what it is called, which way is good, whose it is and who looks at it"
        gather.add(converted.at("kpi"), "kpi/undocumented", message, hint, "warning")
    if not name.isidentifier() or keyword.iskeyword(name):
        message = f"'{name}' can't be used in the formulas of other KPIs"
        hint = (
            f"write {re.sub(r'[^A-Za-z0-9_]', '_', name)}"
            if not name.isidentifier()
            else "give it another name"
        )
        gather.add(converted.at("kpi"), "kpi/name", message, hint, "warning")
    return model.Kpi(
        name=name,
        title=value.get("title") or name.replace("_", " ").capitalize(),
        unit=value.get("unit", ""),
        better=value.get("better", "higher"),
        owner=value.get("owner", ""),
        audience=tuple(value.get("audience") or ()),
        description=value.get("description", ""),
        by=groupings(converted, gather, pipeline, dimensions),
        window=_window(converted, gather),
        value=formula(converted.source, converted.scalars[("value",)]),
        where=formula(converted.source, converted.scalars[("where",)]) if "where" in value else None,
        at=converted.key("kpi"),
        spans={key: converted.at(key) for key in value},
    )


def _window(converted: Converted, gather: Gather) -> model.Window:
    window = converted.value["window"]
    at = converted.at("window", "size")
    size = gather.duration(converted, "window", "size", default=60 * SECOND)
    if size < SECOND:
        gather.add(at, "kpi/window-too-short", "a window lasts at least 1s", "write 1s or more")
        return model.Window(SECOND, SECOND)
    if DAY % size and size % DAY:
        message = f"windows of {window['size']} do not divide a day"
        below, above = _nearest(size)
        gather.add(at, "kpi/window-does-not-divide", message, f"{below} and {above} do")
    if "every" not in window:
        return model.Window(size, size)
    every = gather.duration(converted, "window", "every", default=size)
    problem = _uneven(window, size, every)
    if problem:
        gather.add(converted.at("window", "every"), *problem)
        every = size
    return model.Window(size, every)


def _uneven(window: Mapping[str, str], size: int, every: int) -> tuple[str, str, str] | None:
    if every < SECOND:
        return "kpi/window-too-short", "windows start at most every 1s", "write 1s or more"
    if every > size:
        message = "windows that start more seldom than they last would leave gaps"
        return "kpi/window-does-not-divide", message, f"write {window['size']} or less"
    if size % every:
        message = f"{window['every']} does not divide {window['size']}"
        return "kpi/window-does-not-divide", message, "the size must be a multiple of every"
    if size // every > _MOST:
        return (
            "kpi/window-too-many",
            f"each event would be in {size // every:,} windows",
            f"the most is {_MOST:,}",
        )
    return None


def _nearest(size: int) -> tuple[str, str]:
    units = (("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND))
    name, unit = next((one for one in units if size >= one[1]), units[-1])
    count = size // unit
    divisors = [n for n in range(1, DAY // unit + 1) if DAY % (n * unit) == 0]
    below = max((n for n in divisors if n <= count), default=1)
    above = min((n for n in divisors if n > count), default=below)
    return f"{below}{name}", f"{above}{name}"
