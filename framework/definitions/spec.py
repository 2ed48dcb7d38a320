"""The one description of what a definition may hold: schema, conversion and reference all come from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

DURATION = r"^[0-9]+(ms|s|m|h|d)$"
PERCENT = r"^[0-9]+(\.[0-9]+)? ?%$"
NAME = r"^[A-Za-z][A-Za-z0-9_-]*$"


@dataclass(frozen=True)
class Text:
    """A text. `pattern` is a regular expression, `like` says it in words."""

    choices: tuple[str, ...] = ()
    pattern: str = ""
    like: str = ""


@dataclass(frozen=True)
class Number:
    """A number; a whole one where `whole`."""

    whole: bool = False
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Quantity:
    """A number, or a percentage such as 30%; `like` says it in words. The bounds are of the number."""

    least: float | None = None
    most: float | None = None
    like: str = "a number or a share such as 30%"


@dataclass(frozen=True)
class Boolean:
    """true or false."""


@dataclass(frozen=True)
class Scalar:
    """A text, number or boolean, as written."""


@dataclass(frozen=True)
class Items:
    """A list of `item`, with from `least` to `most` of them."""

    item: Spec
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class Named:
    """A mapping from names of the author's choice to `value`."""

    value: Spec
    least: int = 0


@dataclass(frozen=True)
class Field:
    """One key of an object. `default` and `example` are texts for the reference."""

    name: str
    spec: Spec
    doc: str
    required: bool = False
    default: str = ""
    example: str = ""


@dataclass(frozen=True)
class Object:
    """A mapping with keys of its own. `free`: other keys are allowed too."""

    fields: tuple[Field, ...] = field(default=())
    free: bool = False


@dataclass(frozen=True)
class Either:
    """Different shapes, told apart by whether the YAML has a scalar, a list or a mapping."""

    scalar: Spec | None = None
    items: Spec | None = None
    mapping: Spec | None = None


@dataclass(frozen=True)
class Shared:
    """A mapping that stands in several places, or inside itself, described once under a name."""

    name: str
    doc: str
    of: Callable[[], Object]


Spec = Text | Number | Quantity | Boolean | Scalar | Items | Named | Object | Either | Shared


@dataclass(frozen=True)
class Kind:
    """A kind of definition: the key that names it comes first in its file.

    `example` is a whole file. To add a kind: describe it in `kinds/<kind>.py`, list it in
    `kinds/__init__.py`, and build its model in `build/<kind>.py`; schema, messages, reference and
    editor support follow.
    """

    name: str
    doc: str
    body: Object
    example: str = ""

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (draft 7) of a file of this kind."""
        return {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": self.name,
            "description": self.doc,
            **schema(self.body),
            **({"definitions": definitions} if (definitions := self._definitions()) else {}),
        }

    def shared(self) -> tuple[Shared, ...]:
        """The descriptions that this kind uses in several places."""
        return tuple(dict.fromkeys(_shared(self.body, frozenset())))

    def _definitions(self) -> dict[str, Any]:
        return {one.name: {"description": one.doc, **schema(one.of())} for one in self.shared()}


def schema(spec: Spec) -> dict[str, Any]:
    """The JSON Schema of a description."""
    match spec:
        case Text(choices, pattern, like):
            found: dict[str, Any] = {"type": "string"}
            if choices:
                found["enum"] = list(choices)
            if pattern:
                found |= {"pattern": pattern, "patternErrorMessage": f"write {like}"}
            return found
        case Number(whole, least, most):
            bounds = {"minimum": least, "maximum": most}
            found = {name: bound for name, bound in bounds.items() if bound is not None}
            return {"type": "integer" if whole else "number", **found}
        case Quantity(least, most, like):
            bounds = {"minimum": least, "maximum": most}
            found = {name: bound for name, bound in bounds.items() if bound is not None}
            words = {"pattern": PERCENT, "patternErrorMessage": f"write {like}"}
            return {"type": ["number", "string"], **found, **words}
        case Boolean():
            return {"type": "boolean"}
        case Scalar():
            return {"type": ["string", "number", "boolean"]}
        case Items(item, least, most):
            found = {"type": "array", "items": schema(item)}
            if least:
                found["minItems"] = least
            if most:
                found["maxItems"] = most
            return found
        case Named(value, least):
            return {"type": "object", "additionalProperties": schema(value)} | (
                {"minProperties": least} if least else {}
            )
        case Object(fields, free):
            return {
                "type": "object",
                "properties": {f.name: _described(f) for f in fields},
                "required": [f.name for f in fields if f.required],
                "additionalProperties": free,
            }
        case Either(scalar, items, mapping):
            return {"anyOf": [schema(one) for one in (scalar, items, mapping) if one is not None]}
        case Shared(name):
            # Beside $ref the type means nothing to a validator; messages take it from here.
            return {"$ref": f"#/definitions/{name}", "type": "object"}


def _shared(spec: Spec | None, seen: frozenset[str]) -> Iterator[Shared]:
    match spec:
        case Shared(name) if name not in seen:
            yield spec
            yield from _shared(spec.of(), seen | {name})
        case Object(fields):
            for one in fields:
                yield from _shared(one.spec, seen)
        case Items(inner) | Named(inner):
            yield from _shared(inner, seen)
        case Either(_, items, mapping):
            yield from _shared(items, seen)
            yield from _shared(mapping, seen)


def _described(field: Field) -> dict[str, Any]:
    shown = {"examples": [field.example]} if field.example else {}
    return {**schema(field.spec), "description": field.doc, **shown}


def about(name: str, schema: Mapping[str, Any]) -> str:
    """What a key's schema says of it, for a hint; empty where it says nothing."""
    if "description" not in schema:
        return ""
    example = f", such as {schema['examples'][0]}" if schema.get("examples") else ""
    return f"{name}: {schema['description']}{example}"
