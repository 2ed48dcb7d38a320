"""The simulations' models, and what is wrong with them that no shape tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from framework.definitions import model
from framework.definitions.build.calendar import timezone_hint
from framework.definitions.build.draws import check_draw, check_order
from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path
from framework.definitions.durations import microseconds


def build_simulation(
    converted: Converted, gather: Gather, pipeline: model.Pipeline, dimensions: Mapping[str, model.FieldType]
) -> model.Simulation:
    """The model of a checked simulation file: its values as they are, for the simulator to read."""
    fields = {field.name: field for field in pipeline.events.fields}
    _names(converted, gather, fields, dimensions)
    _zone(converted, gather)
    _days(converted, gather)
    _draws(converted, gather, fields)
    _incidents(converted, gather, [*fields, *dimensions])
    _complete(converted, gather, pipeline.events)
    return model.Simulation(converted.value["simulation"], converted.value, converted.key("simulation"))


def _names(
    converted: Converted,
    gather: Gather,
    fields: Mapping[str, model.EventField],
    dimensions: Mapping[str, model.FieldType],
) -> None:
    value = converted.value
    named: list[tuple[Path, str]] = [(("entity", place), name) for place, name in enumerate(value["entity"])]
    if "partition_key" in value:
        named.append((("partition_key",), value["partition_key"]))
    for path, name in named:
        if name not in fields:
            gather.unknown(converted.at(*path), "simulation/unknown-field", "event field", name, fields)
    rate = value.get("rate_dimension")
    if rate is not None and rate not in dimensions:
        at = converted.at("rate_dimension")
        gather.unknown(at, "simulation/unknown-field", "zone dimension", rate, dimensions)
    elif rate is not None and dimensions[rate] not in ("int", "float"):
        message = f"'{rate}' is no number"
        gather.add(converted.at("rate_dimension"), "simulation/rate-of-text", message, "name one that is")


def _zone(converted: Converted, gather: Gather) -> None:
    name = converted.value.get("timezone", "UTC")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        at = converted.at("timezone")
        gather.add(at, "simulation/unknown-timezone", f"no time zone '{name}'", timezone_hint(name))


def _days(converted: Converted, gather: Gather) -> None:
    for place, day in enumerate(converted.value.get("holidays") or ()):
        try:
            date.fromisoformat(day)
        except ValueError:
            at = converted.at("holidays", place)
            gather.add(at, "simulation/bad-value", f"there is no day {day}", "write it as 2026-12-25")


def _draws(converted: Converted, gather: Gather, fields: Mapping[str, model.EventField]) -> None:
    value = converted.value
    steps = value["steps"]
    drawn: list[tuple[Path, Any]] = [(("item",), value.get("item")), (("each",), value.get("each"))]
    drawn += [(("steps", place, "set"), step.get("set")) for place, step in enumerate(steps)]
    for path, values in drawn:
        for name, spec in (values or {}).items():
            at = (*path, name)
            if name in fields:
                check_draw(converted, gather, at, spec, fields[name])
            else:
                gather.unknown(converted.key(*at), "simulation/unknown-field", "event field", name, fields)
    check_order(converted, gather, ("disorder",), value.get("disorder"))
    for place, step in enumerate(steps):
        check_order(converted, gather, ("steps", place, "after"), step.get("after"))


def _incidents(converted: Converted, gather: Gather, known: Iterable[str]) -> None:
    names = list(known)
    steps = [step["name"] for step in converted.value["steps"] if "name" in step]
    for place, vary in enumerate(converted.value.get("varies") or ()):
        _known(converted, gather, ("varies", place, "shared"), vary.get("shared"), names)
    for place, incident in enumerate(converted.value.get("incidents") or ()):
        _when(converted, gather, place, incident)
        _known(converted, gather, ("incidents", place, "over"), incident.get("over"), names)
        for name in incident.get("at") or ():
            if name not in names:
                at = converted.key("incidents", place, "at", name)
                gather.unknown(at, "simulation/unknown-field", "event field or zone dimension", name, names)
        for name in incident.get("chances") or ():
            if name not in steps:
                at = converted.key("incidents", place, "chances", name)
                gather.unknown(at, "simulation/unknown-step", "step", name, steps)


def _known(converted: Converted, gather: Gather, path: Path, name: str | None, names: list[str]) -> None:
    if name is not None and name not in names:
        at = converted.at(*path)
        gather.unknown(at, "simulation/unknown-field", "event field or zone dimension", name, names)


def _when(converted: Converted, gather: Gather, place: int, incident: Mapping[str, Any]) -> None:
    """An incident has a time and a place, or comes by chance."""
    at = converted.key("incidents", place, "incident")
    if ("start" in incident) == ("every" in incident):
        said = "has both `start` and `every`" if "start" in incident else "says neither `start` nor `every`"
        hint = "start: 5m for one at that time; every: 8h for those that come by chance"
        gather.add(at, "simulation/when", f"the incident '{incident['incident']}' {said}", hint)
    elif "start" in incident and "at" not in incident:
        message = f"the incident '{incident['incident']}' has a `start` but no `at`"
        gather.add(at, "simulation/when", message, "at: {...}: which entities it concerns")
    elif "start" in incident and "over" in incident:
        message = "`over` is for incidents that come by chance"
        gather.add(converted.key("incidents", place, "over"), "simulation/when", message, "leave it out")
    elif incident.get("every") and not microseconds(incident["every"]):
        gather.add(
            converted.at("incidents", place, "every"), "simulation/when", "no time at all", "every: 8h"
        )


def _complete(converted: Converted, gather: Gather, events: model.Events) -> None:
    """Every event has what the pipeline asks of it: or all would be dead letters."""
    value = converted.value
    if converted.faulty or any(one.severity == "error" for one in gather.found):
        return  # it may follow from what has been said
    asked = [field.name for field in events.fields if not field.optional and field.name != events.time]
    given = {*value["entity"], *(value.get("item") or ()), *(value.get("each") or ())}
    for place, step in enumerate(value["steps"]):
        missing = [name for name in asked if name not in given and name not in (step.get("set") or ())]
        if missing:
            names = ", ".join(f"'{name}'" for name in missing)
            message = f"events of this step have no {names}"
            hint = "add it here, to `each` or to `item`, or make it optional in the pipeline"
            gather.add(converted.key("steps", place, "set"), "simulation/missing-field", message, hint)
