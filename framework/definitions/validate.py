"""A file's values against its kind's schema; what differs, in an analyst's words."""

from __future__ import annotations

import difflib
import re
from typing import Any

import jsonschema

from framework.definitions.convert import Converted, Path
from framework.definitions.diagnostics import Diagnostic
from framework.definitions.spec import Kind

_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
}


def validate(kind: Kind, converted: Converted) -> list[Diagnostic]:
    """Everything in the file that does not fit the kind."""
    validator = jsonschema.Draft7Validator(kind.schema())
    found = [
        one
        for error in validator.iter_errors(converted.value)
        for one in _diagnostics(kind, converted, error)
    ]
    return sorted(set(found))


def _diagnostics(kind: Kind, converted: Converted, error: jsonschema.ValidationError) -> list[Diagnostic]:
    path: Path = tuple(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            known = list(error.schema.get("properties", {}))
            return [_unknown(converted, path, name, known) for name in error.instance if name not in known]
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return [
                _missing(converted, kind, path, name, error.schema)
                for name in missing[:1]
                if name in error.message
            ]
        case "anyOf":
            return [_any_of(kind, converted, path, error)]
        case "enum":
            return [_choice(kind, converted, path, error)]
        case "pattern":
            wanted = error.schema.get("description", "")
            return [
                Diagnostic(
                    converted.at(*path),
                    f"{kind.name}/bad-value",
                    f"{_shown(error.instance)} is not {wanted or 'in the right form'}",
                    _cure(wanted),
                )
            ]
        case "type":
            return [_type(kind, converted, path, error)]
        case "minItems" | "minProperties":
            return [
                Diagnostic(
                    converted.at(*path),
                    f"{kind.name}/too-few",
                    f"{_name(path)} needs at least {error.validator_value}",
                )
            ]
        case "maxItems":
            return [
                Diagnostic(
                    converted.at(*path),
                    f"{kind.name}/too-many",
                    f"{_name(path)} takes at most {error.validator_value}",
                )
            ]
        case "minimum":
            return [
                Diagnostic(
                    converted.at(*path),
                    f"{kind.name}/bad-value",
                    f"{_name(path)} must be at least {error.validator_value}",
                )
            ]
    return [Diagnostic(converted.at(*path), f"{kind.name}/bad-value", error.message.splitlines()[0][:200])]


def _unknown(converted: Converted, path: Path, name: str, known: list[str]) -> Diagnostic:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"did you mean '{close[0]}'?" if close else f"the keys here are: {', '.join(known)}"
    return Diagnostic(converted.key(*path, name), "key/unknown", f"unknown key '{name}'", hint)


def _missing(converted: Converted, kind: Kind, path: Path, name: str, schema: dict[str, Any]) -> Diagnostic:
    doc = schema.get("properties", {}).get(name, {}).get("description", "")
    span = converted.key(*path) if path else converted.key(kind.name)
    return Diagnostic(
        span,
        "key/missing",
        f"'{name}' is missing{'' if not path else f' in {_name(path)}'}",
        f"{name}: {doc}" if doc else "",
    )


def _any_of(kind: Kind, converted: Converted, path: Path, error: jsonschema.ValidationError) -> Diagnostic:
    # The shapes differ by type: what matters is the branch whose type fits.
    for part in error.context or ():
        if part.validator != "type" or len(part.absolute_path) > len(path):
            return _diagnostics(kind, converted, part)[0]
    wanted = " or ".join(_types(one.get("type")) for one in error.validator_value)
    return Diagnostic(
        converted.at(*path),
        f"{kind.name}/wrong-type",
        f"{_name(path)} should be {wanted}, not {_kind(error.instance)}",
    )


def _choice(kind: Kind, converted: Converted, path: Path, error: jsonschema.ValidationError) -> Diagnostic:
    allowed = [str(one) for one in error.validator_value]
    close = difflib.get_close_matches(str(error.instance), allowed, n=1, cutoff=0.6)
    hint = f"did you mean '{close[0]}'?" if close else f"one of: {', '.join(allowed)}"
    return Diagnostic(
        converted.at(*path),
        f"{kind.name}/bad-value",
        f"{_name(path)} can't be {_shown(error.instance)}",
        hint,
    )


def _type(kind: Kind, converted: Converted, path: Path, error: jsonschema.ValidationError) -> Diagnostic:
    wanted = _types(error.validator_value)
    message = f"{_name(path)} should be {wanted}, not {_kind(error.instance)}"
    hint = ""
    node = converted.scalars.get(path)
    if error.instance is None:
        message, hint = f"{_name(path)} has no value", f"write {wanted}"
    elif node is not None and isinstance(error.instance, str):
        text = node.value
        plain = text.replace("_", "").replace(",", "")
        if "number" in wanted and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", plain):
            hint = f"write {plain}"
        elif "number" in wanted and node.style is None and re.fullmatch(r"0[xo][0-9a-fA-F]+", text):
            hint = f"write {int(text, 0)}"
        elif "number" in wanted and re.fullmatch(r"[0-9]+(:[0-9]+)+", text):
            hint = "a time of day is no number; write the number out"
        elif "true" in wanted and text.lower() in ("yes", "on", "y", "true"):
            hint = "write true"
        elif "true" in wanted and text.lower() in ("no", "off", "n", "false"):
            hint = "write false"
    return Diagnostic(converted.at(*path), f"{kind.name}/wrong-type", message, hint)


def _types(wanted: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else list(wanted or [])
    return " or ".join(_TYPES[name] for name in names)


def _kind(value: Any) -> str:
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "a mapping",
    }
    return (
        f"{kinds[type(value)]} ({_shown(value)})"
        if type(value) in (int, float, str, bool)
        else kinds.get(type(value), "nothing")
    )


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _cure(wanted: str) -> str:
    return f"write {wanted}" if wanted else ""


def _name(path: Path) -> str:
    names = [part for part in path if isinstance(part, str)]
    return f"'{'.'.join(names)}'" if names else "the definition"
