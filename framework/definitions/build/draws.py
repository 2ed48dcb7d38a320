"""Values that a simulation draws: in one way, from numbers that make sense, of the field's type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path
from framework.definitions.names import did_you_mean

_NUMBERS = ("normal", "lognormal", "uniform")
_WAYS = ("choice", "constant", "chance", "number", *_NUMBERS)
_ORDERED = ("uniform", "between")
_WORDS = {"string": "texts", "int": "whole numbers", "float": "numbers", "bool": "true or false"}


def check_draw(converted: Converted, gather: Gather, path: Path, spec: Any, field: model.EventField) -> None:
    """The value of a field somewhere in the file, at `path`: a scalar, or how it is drawn."""
    if not isinstance(spec, Mapping):
        _fits(converted, gather, path, spec, field)
        return
    ways = [name for name in _WAYS if name in spec]
    if not ways and converted.faulty:
        return  # its way was written wrongly, which has been said
    if len(ways) != 1:
        message = f"'{field.name}' is drawn in {'several ways' if ways else 'no way'}"
        gather.add(converted.key(*path), "simulation/draw", message, f"write one of {', '.join(_WAYS)}")
        return
    way = ways[0]
    for name in _ORDERED:
        check_order(converted, gather, (*path, name), spec.get(name))
    if way in ("normal", "lognormal") and spec[way][1] < 0:
        message = "a spread is not negative"
        gather.add(converted.at(*path, way), "simulation/empty-range", message)
    if way == "choice" and not any(spec["choice"].values()):
        message = "nothing can be chosen: all weights are 0"
        gather.add(converted.key(*path, "choice"), "simulation/no-weight", message, "give one a weight")
    if way == "constant":
        _fits(converted, gather, (*path, "constant"), spec["constant"], field)
    elif way == "choice" and field.type == "string":
        for value in spec["choice"]:
            _fits(converted, gather, (*path, "choice", value), value, field)
    elif not _drawable(way, spec, field.type):
        message = f"'{field.name}' has {_WORDS[field.type]}, and '{way}' gives others"
        hint = "add whole: true" if way in _NUMBERS and field.type == "int" else ""
        gather.add(converted.key(*path, way), "simulation/never", message, hint)


def check_order(converted: Converted, gather: Gather, path: Path, pair: Any) -> None:
    """Two numbers whose first must not be above the second."""
    if pair is not None and pair[0] > pair[1]:
        message = f"{pair[0]:g} is above {pair[1]:g}"
        gather.add(converted.at(*path), "simulation/empty-range", message, "write the smaller number first")


def _drawable(way: str, spec: Mapping[str, Any], type_: model.FieldType) -> bool:
    """Whether a way of drawing gives values of a type."""
    if way == "chance":
        return type_ == "bool"
    if way in ("choice", "number"):
        return type_ == "string"
    return type_ == "float" or (type_ == "int" and bool(spec.get("whole")))


def _fits(converted: Converted, gather: Gather, path: Path, value: Any, field: model.EventField) -> None:
    at = converted.keys.get(path) if path[-2:-1] == ("choice",) else None
    at = at or converted.at(*path)
    types: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "bool": bool,
        "int": int,
        "float": (int, float),
    }
    right = isinstance(value, types[field.type]) and (field.type == "bool") == isinstance(value, bool)
    if not right:
        hint = f'write "{value}" when text is meant' if field.type == "string" else ""
        gather.add(at, "simulation/never", f"'{field.name}' has {_WORDS[field.type]}", hint)
    elif field.one_of and value not in field.one_of:
        message = f"'{field.name}' is never '{value}'"
        gather.add(at, "simulation/never", message, did_you_mean(value, field.one_of))
