"""What no single file can tell: names used twice, levels that nothing identifies, maps that overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.diagnostics import Span


def unique(gather: Gather, what: str, named: Iterable[tuple[str, Span]]) -> None:
    """Each name once."""
    seen: dict[str, Span] = {}
    for name, at in named:
        if name in seen:
            gather.add(
                at,
                f"{what}/duplicate-name",
                f"the {what} '{name}' is defined twice; first in {seen[name]}",
                "rename one of them",
            )
        else:
            seen[name] = at


def check_levels(gather: Gather, pipeline: model.Pipeline, dimensions: Sequence[str]) -> None:
    """Each level's fields are there."""
    known = [field.name for field in pipeline.events.fields] + list(dimensions)
    for level in pipeline.levels:
        for field in level.fields:
            if field not in known:
                gather.unknown(
                    level.at, "pipeline/unknown-field", "event field or zone dimension", field, known
                )


def check_dimensions(gather: Gather, zones: Iterable[model.ZoneMap]) -> None:
    """A dimension has one type in all maps."""
    seen: dict[str, tuple[model.FieldType, Span]] = {}
    reported: set[tuple[str, str]] = set()
    for zone in zones:
        for assignment in zone.assignments:
            for name, value in assignment.sets.items():
                type_ = model.type_of(value)
                first, at = seen.setdefault(name, (type_, zone.at))
                if (
                    type_ != first
                    and {type_, first} != {"int", "float"}
                    and (name, zone.name) not in reported
                ):
                    reported.add((name, zone.name))
                    gather.add(
                        assignment.at,
                        "zones/dimension-type",
                        f"'{name}' is {type_} here and {first} in {at}",
                        "give it one type; a number in quotes is text",
                    )
