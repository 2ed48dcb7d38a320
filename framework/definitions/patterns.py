"""What a zone map's key accepts: texts, globs and ranges, as the author wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from framework.definitions.diagnostics import Span
from framework.definitions.globs import GlobError, expand, places
from framework.definitions.globs import matcher as glob_match
from framework.definitions.model import EventField, Pattern
from framework.definitions.names import did_you_mean

_RANGE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*-\s*(-?[0-9]+(?:\.[0-9]+)?)\Z")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
_SERIES = re.compile(r"(.*?)([0-9]+)\.\.(.*?)([0-9]+)\Z", re.DOTALL)
_MOST = 10_000

__all__ = ["PatternError", "expand", "glob_match", "looks_like_range", "members", "parse_pattern"]


class PatternError(ValueError):
    """A pattern that can't be used: a stable `code`, the message, and a cure in `hint`."""

    def __init__(self, message: str, hint: str = "", code: str = "zones/bad-pattern") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


def parse_pattern(field: EventField, text: str, at: Span) -> Pattern:
    """A pattern over a field. Raises `PatternError`."""
    exact: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()
    if field.type in ("int", "float"):
        ranges = tuple(_numbers(field, piece.strip()) for piece in text.split(","))
    elif field.type == "bool":
        exact = (_boolean(field, text),)
    elif series := _SERIES.match(text):
        exact = tuple(_series(text, series))
    elif any(sign in text for sign in "*?["):
        globs = (_glob(text),)
    elif "," in text and text not in field.one_of:
        # Taken as one text it would never match, and nobody would know.
        hint = f"write [{text}]; for a ',' that belongs to it write [,]"
        raise PatternError(f"'{text}' is one text here, not a list", hint)
    else:
        exact = (text,)
    _possible(field, exact, globs)
    return Pattern(field.name, text, exact, globs, ranges, at, field.type)


def looks_like_range(field: EventField, text: str) -> bool:
    """Whether a text for a field of texts was meant as a range of numbers."""
    return field.type == "string" and text not in field.one_of and bool(_RANGE.match(text))


def members(pattern: Pattern) -> list[str | int | float | bool] | None:
    """The values that a pattern lists, or None when it can't be listed (`*`, `?`, stretches of a float)."""
    if pattern.type == "bool":
        return [text == "true" for text in pattern.texts]
    found: list[str | int | float | bool] = list(pattern.texts)
    for glob in pattern.globs:
        expanded = expand(glob)
        if expanded is None:
            return None
        found += expanded
    for low, high in pattern.ranges:
        if pattern.type == "float" and low == high:
            found.append(low)
        elif pattern.type == "float" or high - low > _MOST:
            return None
        else:
            found += range(int(low), int(high) + 1)
    return list(dict.fromkeys(found))


def _numbers(field: EventField, text: str) -> tuple[float, float]:
    found = _RANGE.match(text)
    if not found and not _NUMBER.match(text):
        raise PatternError(f"'{text}' is no number or range of {field.name}", "write 12 or 1-24")
    low, high = (float(found[1]), float(found[2])) if found else (float(text), float(text))
    if field.type == "int" and not (low.is_integer() and high.is_integer()):
        raise PatternError(f"{field.name} is a whole number, '{text}' is not", "write 12 or 1-24")
    if low > high:
        raise PatternError(f"the range {text} is empty", f"write {high:g}-{low:g}")
    if (field.low is not None and low < field.low) or (field.high is not None and high > field.high):
        bounds = f"{field.name} goes from {field.low:g} to {field.high:g}"
        raise PatternError(f"{text} is outside the range of {field.name}", bounds, "zones/out-of-range")
    return low, high


def _boolean(field: EventField, text: str) -> str:
    if text not in ("true", "false"):
        raise PatternError(f"'{text}' is no value of {field.name}", "write true or false")
    return text


def _series(text: str, found: re.Match[str]) -> list[str]:
    start, first, end, last = found.groups()
    if start != end or len(first) != len(last):
        hint = "both ends need the same beginning and as many digits, as in A-01..A-10"
        raise PatternError(f"'{text}' is no series", hint)
    low, high = int(first), int(last)
    if low > high:
        raise PatternError(f"the series {text} is empty", f"write {start}{last}..{start}{first}")
    if high - low >= _MOST:
        raise PatternError(f"the series {text} has more than {_MOST:,} members", "use a glob")
    return [f"{start}{number:0{len(first)}d}" for number in range(low, high + 1)]


def _glob(text: str) -> str:
    try:
        places(text)
    except GlobError as error:
        raise PatternError(str(error), error.hint) from error
    return text


def _possible(field: EventField, exact: Iterable[str], globs: Iterable[str]) -> None:
    if not field.one_of:
        return
    for text in exact:
        if text not in field.one_of:
            hint = did_you_mean(text, field.one_of, "one of")
            raise PatternError(f"{field.name} is never '{text}'", hint, "zones/never")
    for glob in globs:
        if not any(glob_match(glob).match(value) for value in field.one_of):
            hint = f"one of: {', '.join(field.one_of)}"
            raise PatternError(f"no value of {field.name} matches '{glob}'", hint, "zones/never")
