"""A file's values against its kind's schema; what differs, in an analyst's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema

from framework.definitions.convert import Converted, Path
from framework.definitions.diagnostics import Diagnostic
from framework.definitions.names import did_you_mean, nearest
from framework.definitions.spec import Kind, about
from framework.definitions.wrong_type import name_of, shown, wrong_type

Problem = tuple[Path, Diagnostic]


def validate(kind: Kind, converted: Converted) -> list[Problem]:
    """Everything in the file that does not fit the kind, each with the path of what to leave out."""
    found: dict[Diagnostic, Path] = {}
    for error in _validator(kind).iter_errors(converted.value):
        for path, diagnostic in _problems(kind, converted, error):
            found.setdefault(diagnostic, path)
    return [(path, diagnostic) for diagnostic, path in sorted(found.items())]


@cache
def _validator(kind: Kind) -> Any:
    # `$` of a pattern also matches before a line break at the end: a name must not have one.
    exact = {"pattern": _pattern}
    exactly: Any = jsonschema.validators.extend(jsonschema.Draft7Validator, exact)  # type: ignore[no-untyped-call]
    return exactly(kind.schema())


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, str) and (not re.search(pattern, instance) or "\n" in instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match")


def _problems(kind: Kind, converted: Converted, error: Any) -> list[Problem]:
    path: Path = tuple(error.absolute_path)
    schema: dict[str, Any] = error.schema
    limit = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = list(schema.get("properties", {}))
            unknown = [name for name in error.instance if name not in known]
            return [((*path, name), _unknown(converted, path, name, known)) for name in unknown]
        case "required":
            # A required key that is there with a slip in its name is not missing as well.
            slips = _meant(schema, error.instance)
            missing = [name for name in limit if name not in error.instance and name not in slips]
            return [(path, _missing(converted, kind, path, name, schema)) for name in missing]
        case "anyOf":
            return _any_of(kind, converted, path, error)
        case "type":
            return [(path, wrong_type(kind, converted, path, error.instance, limit, schema))]
        case "enum" if not isinstance(error.instance, str):
            return []  # of the wrong type, which is said already
        case "enum":
            return [(path, _choice(kind, converted, path, error.instance, [str(one) for one in limit]))]
        case "pattern":
            return [(path, _form(kind, converted, path, error.instance, _like(schema)))]
        case "minItems" | "minProperties":
            code, message = "too-few", f"{name_of(path)} needs at least {limit}"
        case "maxItems":
            code, message = "too-many", f"{name_of(path)} takes at most {limit}"
        case "minimum":
            code, message = "bad-value", f"{name_of(path)} must be at least {limit}"
        case "maximum":
            code, message = "bad-value", f"{name_of(path)} must be at most {limit}"
        case _:
            code, message = "bad-value", error.message.splitlines()[0][:200]
    return [(path, Diagnostic(converted.at(*path), f"{kind.name}/{code}", message))]


def _meant(schema: dict[str, Any], instance: dict[str, Any]) -> set[str | None]:
    if schema.get("additionalProperties") is not False:
        return set()
    known = schema.get("properties", {})
    return {nearest(name.partition(":")[0], known) for name in instance if name not in known}


def _like(schema: dict[str, Any]) -> str:
    return str(schema.get("patternErrorMessage", "")).removeprefix("write ")


def _unknown(converted: Converted, path: Path, name: str, known: list[str]) -> Diagnostic:
    at = converted.key(*path, name)
    word, colon, rest = name.partition(":")
    if colon and word in known and rest and converted.value_at((*path, name)) is None:
        return Diagnostic(
            at, "key/unknown", f"unknown key '{name}'", f"write a space after ':', as in {word}: {rest}"
        )
    return Diagnostic(
        at, "key/unknown", f"unknown key '{name}'", did_you_mean(name, known, "the keys here are")
    )


def _missing(converted: Converted, kind: Kind, path: Path, name: str, schema: dict[str, Any]) -> Diagnostic:
    hint = about(name, schema.get("properties", {}).get(name, {}))
    at = converted.key(*path) if path else converted.key(kind.name)
    where = f" in {name_of(path)}" if path else ""
    return Diagnostic(at, "key/missing", f"'{name}' is missing{where}", hint)


def _any_of(kind: Kind, converted: Converted, path: Path, error: Any) -> list[Problem]:
    # The shapes differ by type: what matters is the branch whose type fits.
    inner = [
        one for one in error.context or () if one.validator != "type" or len(one.absolute_path) > len(path)
    ]
    if inner:
        return [problem for one in inner for problem in _problems(kind, converted, one)]
    wanted = [one["type"] for one in error.validator_value if "type" in one]
    names = [name for one in wanted for name in ([one] if isinstance(one, str) else one)]
    return [(path, wrong_type(kind, converted, path, error.instance, names, error.schema))]


def _choice(kind: Kind, converted: Converted, path: Path, value: Any, allowed: list[str]) -> Diagnostic:
    message = f"{name_of(path)} can't be {shown(value)}"
    return Diagnostic(
        converted.at(*path), f"{kind.name}/bad-value", message, did_you_mean(str(value), allowed, "one of")
    )


def _form(kind: Kind, converted: Converted, path: Path, value: str, wanted: str) -> Diagnostic:
    hint = f"write {wanted}" if wanted else ""
    if "stretch of time" in wanted:
        hint = (_windows(value) if "windows" in wanted else None) or _duration(value) or hint
    message = f"{shown(value)} is not {wanted or 'in the right form'}"
    return Diagnostic(converted.at(*path), f"{kind.name}/bad-value", message, hint)


def _windows(text: str) -> str | None:
    found = re.fullmatch(r"\s*([0-9]+)\s*(w[a-zA-Z]*)?\s*", text)
    return f"write {found[1]} windows" if found else None


def _duration(text: str) -> str | None:
    found = re.fullmatch(r"\s*([0-9]+)\s*([a-zA-Z]*)\s*", text)
    if not found:
        return None
    number, unit = found[1], found[2].lower()
    if not unit:
        return f"write {number}s for seconds, {number}m for minutes"
    starts = (("ms", "ms"), ("mil", "ms"), ("s", "s"), ("m", "m"), ("h", "h"), ("d", "d"))
    letter = next((letter for start, letter in starts if unit.startswith(start)), None)
    return f"write {number}{letter}" if letter else None
