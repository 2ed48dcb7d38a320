"""What a zone map's key accepts: texts, globs and ranges, as the author wrote them."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache

from framework.definitions.diagnostics import Span
from framework.definitions.model import EventField, Pattern

_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*-\s*(-?\d+(?:\.\d+)?)\Z")
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_SERIES = re.compile(r"(.*?)(\d+)\.\.(.*?)(\d+)\Z")
_MOST = 100_000


def parse_pattern(field: EventField, texts: tuple[str, ...], at: Span) -> Pattern:
    """A pattern over a field. Raises `ValueError` with a message and, after a newline, a cure."""
    exact: list[str] = []
    globs: list[str] = []
    ranges: list[tuple[float, float]] = []
    for text in texts:
        if field.type in ("int", "float"):
            for piece in text.split(","):
                ranges.append(_numbers(field, piece.strip()))
        elif series := _SERIES.match(text):
            exact += _series(text, series)
        elif any(sign in text for sign in "*?["):
            globs.append(text)
        else:
            exact.append(text)
    return Pattern(field.name, ", ".join(texts), tuple(exact), tuple(globs), tuple(ranges), at)


def members(pattern: Pattern) -> list[str | int] | None:
    """The values that a pattern lists, or None when it can't be listed (`*`, `?`, fractions)."""
    found: list[str | int] = list(pattern.texts)
    for glob in pattern.globs:
        expanded = expand(glob)
        if expanded is None:
            return None
        found += expanded
    for low, high in pattern.ranges:
        if low != int(low) or high != int(high) or high - low > _MOST:
            return None
        found += range(int(low), int(high) + 1)
    return found


@lru_cache(maxsize=10_000)
def expand(glob: str) -> tuple[str, ...] | None:
    """The texts of a glob that has only character classes.

    >>> expand("M-[0-1]x")
    ('M-0x', 'M-1x')
    """
    found = [""]
    place = 0
    while place < len(glob):
        sign = glob[place]
        if sign in "*?":
            return None
        choices = [sign]
        if sign == "[":
            end = glob.find("]", place + 1)
            if end < 0 or glob[place + 1 : place + 2] in ("!", "^"):
                return None
            choices = _class(glob[place + 1 : end])
            place = end
        found = [text + choice for text in found for choice in choices]
        if len(found) > _MOST:
            return None
        place += 1
    return tuple(found)


@lru_cache(maxsize=10_000)
def glob_match(glob: str) -> re.Pattern[str]:
    """The glob as a regular expression."""
    return re.compile(fnmatch.translate(glob))


def _class(body: str) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(body):
        if body[place + 1 : place + 2] == "-" and place + 2 < len(body):
            found += [chr(code) for code in range(ord(body[place]), ord(body[place + 2]) + 1)]
            place += 3
        else:
            found.append(body[place])
            place += 1
    return sorted(set(found))


def _numbers(field: EventField, text: str) -> tuple[float, float]:
    found = _RANGE.match(text)
    if found:
        low, high = float(found[1]), float(found[2])
    elif _NUMBER.match(text):
        low = high = float(text)
    else:
        raise ValueError(f"'{text}' is no number or range of {field.name}\nwrite 12 or 1-24")
    if low > high:
        raise ValueError(f"the range {text} is empty\nwrite {high:g}-{low:g}")
    if field.low is not None and low < field.low or field.high is not None and high > field.high:
        raise ValueError(
            f"{text} is outside the range of {field.name}\nit goes from {field.low:g} to {field.high:g}"
        )
    return low, high


def _series(text: str, found: re.Match[str]) -> list[str]:
    start, first, end, last = found.groups()
    if start != end or len(first) != len(last):
        raise ValueError(
            f"'{text}' is no series\nboth ends need the same beginning and as many digits, as in A-01..A-10"
        )
    low, high = int(first), int(last)
    if low > high:
        raise ValueError(f"the series {text} is empty\nwrite {start}{last}..{start}{first}")
    if high - low > _MOST:
        raise ValueError(f"the series {text} has more than {_MOST:,} members\nuse a glob")
    return [f"{start}{number:0{len(first)}d}" for number in range(low, high + 1)]
