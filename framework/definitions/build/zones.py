"""The zone maps' models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path
from framework.definitions.durations import moment
from framework.definitions.patterns import parse_pattern

_OWN = ("zone", "set")


def build_zones(converted: Converted, gather: Gather, pipeline: model.Pipeline) -> model.ZoneMap:
    """The model of a checked zone map file."""
    value = converted.value
    fields = {field.name: field for field in pipeline.events.fields}
    assignments = [
        one
        for place, entry in enumerate(value["assign"])
        for one in _entry(converted, gather, fields, place, entry, value.get("set") or {})
    ]
    for name in value.get("set") or {}:
        _dimension(converted, gather, fields, name, ("set", name))
    return model.ZoneMap(
        value["zones"], _effective(converted, gather), tuple(assignments), converted.key("zones")
    )


def _effective(converted: Converted, gather: Gather) -> int:
    text = converted.value.get("effective")
    if text is None:
        return 0
    try:
        return moment(text)
    except ValueError:
        gather.add(
            converted.at("effective"),
            "zones/bad-date",
            f"'{text}' is no day",
            "write a day such as 2026-10-01",
        )
        return 0


def _entry(
    converted: Converted,
    gather: Gather,
    fields: Mapping[str, model.EventField],
    place: int,
    entry: dict[str, Any],
    common: Mapping[str, model.Scalar],
) -> list[model.Assignment]:
    base: Path = ("assign", place)
    sets = {**common, **(entry.get("set") or {})}
    for name in entry.get("set") or {}:
        _dimension(converted, gather, fields, name, (*base, "set", name))
    if entry.get("zone") is not None:
        sets["zone"] = entry["zone"]
    match: list[model.Pattern] = []
    spread: tuple[str, dict[str, Any]] | None = None
    good = True
    for name, value in entry.items():
        if name in _OWN:
            continue
        if name not in fields:
            gather.unknown(
                converted.key(*base, name), "zones/unknown-field", "event field", name, (*fields, *_OWN)
            )
            good = False
        elif isinstance(value, dict):
            if spread or entry.get("zone") is not None:
                gather.add(
                    converted.key(*base, name),
                    "zones/several-zones",
                    "an entry names its zones once",
                    "keep one mapping to zones",
                )
                good = False
            spread = (name, value)
        else:
            pattern = _pattern(converted, gather, fields[name], value, (*base, name))
            good = good and pattern is not None
            match += [pattern] if pattern else []
    if not good:
        return []
    if spread is None:
        if not match:
            gather.add(
                converted.at(*base),
                "zones/matches-all",
                "the entry has nothing to match",
                "add an event field, such as machine: M-*",
            )
            return []
        return [model.Assignment(tuple(match), sets, converted.at(*base))]
    return _spread(converted, gather, fields, base, spread, match, sets)


def _spread(
    converted: Converted,
    gather: Gather,
    fields: Mapping[str, model.EventField],
    base: Path,
    spread: tuple[str, dict[str, Any]],
    match: list[model.Pattern],
    sets: Mapping[str, model.Scalar],
) -> list[model.Assignment]:
    name, zones = spread
    found = []
    for text, zone in zones.items():
        path = (*base, name, text)
        if not isinstance(zone, str | int | float):
            gather.add(
                converted.at(*path),
                "zones/no-zone",
                f"'{text}' needs the name of a zone",
                "as in 1-24: inbound",
            )
            continue
        pattern = _pattern(converted, gather, fields[name], text, path, key=True)
        if pattern:
            at = converted.key(*path)
            node = converted.scalars[path]
            found.append(model.Assignment((*match, pattern), {**sets, "zone": node.value}, at))
    return found


def _pattern(
    converted: Converted, gather: Gather, field: model.EventField, value: Any, path: Path, key: bool = False
) -> model.Pattern | None:
    at = converted.key(*path) if key else converted.at(*path)
    items = value if isinstance(value, list) else [value]
    if not items or any(isinstance(item, list | dict) or item is None for item in items):
        gather.add(
            at, "zones/bad-pattern", f"'{field.name}' takes a text, a number, a range, or a list of those"
        )
        return None
    texts = [
        converted.scalars[(*path, n)].value
        if isinstance(value, list)
        else str(value)
        if key
        else converted.scalars[path].value
        for n in range(len(items))
    ]
    try:
        pattern = parse_pattern(field, tuple(texts), at)
    except ValueError as error:
        message, _, hint = str(error).partition("\n")
        gather.add(at, "zones/bad-pattern", message, hint)
        return None
    unknown = [text for text in pattern.texts if field.one_of and text not in field.one_of]
    if unknown:
        gather.unknown(at, "zones/never", f"value of {field.name}", unknown[0], field.one_of)
        return None
    return pattern


def _dimension(
    converted: Converted, gather: Gather, fields: Mapping[str, model.EventField], name: str, path: Path
) -> None:
    if name in fields:
        gather.add(
            converted.key(*path),
            "zones/hides-field",
            f"'{name}' is an event field already",
            "give the dimension another name",
        )
    elif not name.isidentifier():
        gather.add(
            converted.key(*path),
            "zones/dimension-name",
            f"'{name}' can't be used in formulas",
            "use letters, digits and _",
        )
