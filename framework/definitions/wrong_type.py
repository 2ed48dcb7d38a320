"""A value of the wrong type, and what its author may have meant."""

from __future__ import annotations

from typing import Any

from framework.definitions.convert import Converted, Path, meant_number
from framework.definitions.diagnostics import Diagnostic
from framework.definitions.spec import Kind, about

_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
}
_KINDS = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a mapping",
}
_YES, _NO = ("yes", "on", "y", "true"), ("no", "off", "n", "false")


def wrong_type(
    kind: Kind, converted: Converted, path: Path, value: Any, wanted: str | list[str], schema: dict[str, Any]
) -> Diagnostic:
    """The diagnostic for a value that is none of the JSON types `wanted`, which `schema` asks for."""
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    at, code = converted.at(*path), f"{kind.name}/wrong-type"
    if value is None:
        at = converted.key(*path) if path in converted.keys else at
        hint = about(str(path[-1]), schema) if path else ""
        return Diagnostic(at, code, f"{name_of(path)} has no value", hint or f"write {types(names)}")
    message = f"{name_of(path)} should be {types(names)}, not {_described(value)}"
    return Diagnostic(at, code, message, _hint(converted, path, value, names, schema))


def name_of(path: Path) -> str:
    """A path as messages show it."""
    names = [part for part in path if isinstance(part, str)]
    return f"'{'.'.join(names)}'" if names else "the definition"


def types(names: list[str]) -> str:
    """JSON types in an analyst's words."""
    return " or ".join(dict.fromkeys(_TYPES[name] for name in names))


def shown(value: Any) -> str:
    """A value, shortened where it is long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _described(value: Any) -> str:
    word = _KINDS.get(type(value), "nothing")
    if isinstance(value, bool):
        return str(value).lower()
    return word if isinstance(value, list | dict) else f"{word} ({shown(value)})"


def _hint(converted: Converted, path: Path, value: Any, names: list[str], schema: dict[str, Any]) -> str:
    node = converted.scalars.get(path)
    if node is not None and isinstance(value, str):
        text, word = node.value, node.value.lower()
        plain = meant_number(text)
        if "number" in names or "integer" in names:
            if plain is not None:
                return f"write {plain}"
            return "a time of day is no number: write the number out" if ":" in text else ""
        if "boolean" in names and word in (*_YES, *_NO):
            return f"write {'true' if word in _YES else 'false'}"
    required = schema.get("required", ())
    if names == ["object"] and len(required) == 1 and node is not None:
        return f"write {{{required[0]}: {node.value}}}"
    if names == ["array"] and not isinstance(value, dict):
        return f"write [{node.value if node is not None else value}]"
    if "string" in names and isinstance(value, dict):
        return "a text that begins with { goes in quotes"
    if "string" in names and isinstance(value, list):
        return "a text that begins with [ goes in quotes" if "array" not in names else ""
    return ""
