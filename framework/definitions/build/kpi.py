"""The KPIs' models."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from framework.definitions import model
from framework.definitions.build.gather import Gather, formula_starts
from framework.definitions.convert import Converted
from framework.definitions.diagnostics import Span
from framework.definitions.durations import DAY, SECOND, microseconds


def build_kpi(
    converted: Converted, gather: Gather, pipeline: model.Pipeline, dimensions: Sequence[str]
) -> model.Kpi:
    """The model of a checked KPI file."""
    value = converted.value
    name = value["kpi"]
    absent = [key for key in ("title", "owner", "audience") if not value.get(key)]
    if absent:
        gather.add(
            converted.key("kpi"),
            "kpi/undocumented",
            f"'{name}' has no {', '.join(absent)}",
            "say whose it is and who looks at it",
            "warning",
        )
    if not name.isidentifier():
        gather.add(
            converted.at("kpi"),
            "kpi/name",
            f"'{name}' can't be used in formulas",
            f"write {re.sub(r'[^A-Za-z0-9_]', '_', name)}",
            "warning",
        )
    return model.Kpi(
        name=name,
        title=value.get("title") or name.replace("_", " ").capitalize(),
        unit=value.get("unit", ""),
        better=value.get("better", "higher"),
        owner=value.get("owner", ""),
        audience=tuple(value.get("audience") or ()),
        description=value.get("description", ""),
        by=_groupings(converted, gather, pipeline, dimensions),
        window=_window(converted, gather),
        value=model.Formula(value["value"], formula_starts(converted, "value")),
        where=model.Formula(value["where"], formula_starts(converted, "where")) if "where" in value else None,
        at=converted.key("kpi"),
        spans={key: converted.at(key) for key in value},
    )


def _window(converted: Converted, gather: Gather) -> model.Window:
    window = converted.value["window"]
    size = microseconds(window["size"])
    every = microseconds(window.get("every", window["size"]))
    at = converted.at("window", "size")
    if size < SECOND:
        gather.add(at, "kpi/window-too-short", "a window lasts at least 1s", "write 1s or more")
        size = SECOND
        every = max(every, SECOND)
    if DAY % size and size % DAY:
        best = _nearest(size)
        gather.add(
            at,
            "kpi/window-does-not-divide",
            f"windows of {window['size']} do not divide a day",
            f"{best[0]} and {best[1]} do",
        )
    if "every" in window:
        place = converted.at("window", "every")
        if every < SECOND:
            gather.add(place, "kpi/window-too-short", "windows start at most every 1s", "write 1s or more")
            every = size
        elif every > size:
            gather.add(
                place,
                "kpi/window-does-not-divide",
                "windows that start more seldom than they last would leave gaps",
                f"write {window['size']} or less",
            )
            every = size
        elif size % every:
            gather.add(
                place,
                "kpi/window-does-not-divide",
                f"{window['every']} does not divide {window['size']}",
                "the size must be a multiple of every",
            )
            every = size
        elif size // every > 1000:
            gather.add(
                place,
                "kpi/window-too-many",
                f"each event would be in {size // every:,} windows",
                "the most is 1,000",
            )
            every = size
    return model.Window(size, every)


def _nearest(size: int) -> tuple[str, str]:
    units = (("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND))
    name, unit = next((one for one in units if size >= one[1]), units[-1])
    count = size // unit
    divisors = [n for n in range(1, DAY // unit + 1) if DAY % (n * unit) == 0]
    below = max((n for n in divisors if n <= count), default=1)
    above = min((n for n in divisors if n > count), default=below)
    return f"{below}{name}", f"{above}{name}"


def _groupings(
    converted: Converted, gather: Gather, pipeline: model.Pipeline, dimensions: Sequence[str]
) -> tuple[model.Grouping, ...]:
    levels: Mapping[str, model.Level] = {level.name: level for level in pipeline.levels}
    fields = [field.name for field in pipeline.events.fields]
    found: dict[str, model.Grouping] = {}
    for place, item in enumerate(converted.value["by"]):
        at = converted.at("by", place)
        if isinstance(item, str):
            grouping = _level(gather, item, levels, (*fields, *dimensions), at)
        else:
            grouping = _combination(converted, gather, place, item, levels, (*fields, *dimensions))
        if grouping is None:
            continue
        if grouping.name in found:
            gather.add(at, "kpi/twice-by", f"'{grouping.name}' is here twice", "remove one")
        found[grouping.name] = grouping
    return tuple(found.values())


def _level(
    gather: Gather, name: str, levels: Mapping[str, model.Level], fields: Sequence[str], at: Span
) -> model.Grouping | None:
    if name in levels:
        return model.Grouping(name, levels[name].fields, True, at)
    if name in fields:
        gather.add(
            at,
            "kpi/unknown-level",
            f"'{name}' is a field, not a level",
            f"write [{name}] for the combination, or add a level in the pipeline",
        )
    else:
        gather.unknown(at, "kpi/unknown-level", "level", name, levels)
    return None


def _combination(
    converted: Converted,
    gather: Gather,
    place: int,
    names: list[str],
    levels: Mapping[str, model.Level],
    fields: Sequence[str],
) -> model.Grouping | None:
    chosen: dict[str, None] = {}
    for inner, name in enumerate(names):
        if name in levels:
            chosen.update(dict.fromkeys(levels[name].fields))
        elif name in fields:
            chosen[name] = None
        else:
            gather.unknown(
                converted.at("by", place, inner),
                "kpi/unknown-field",
                "level, field or zone dimension",
                name,
                (*levels, *fields),
            )
            return None
    return model.Grouping("+".join(names), tuple(chosen), False, converted.at("by", place))
