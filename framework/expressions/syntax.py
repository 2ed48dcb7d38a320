"""What is wrong with text that is no formula, in words that tell how to mend it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from framework.expressions.problems import Problems, lines

_TOKENS = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<comment>\#[^\n]*)|(?P<bracket>[()\[\]{}])"""
)
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_CURES = tuple(
    (re.compile(pattern), message, hint)
    for pattern, message, hint in (
        (
            "[\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb`\u00b4]",
            "this is no quote here",
            "write \" or '",
        ),
        ("[\u2010-\u2015\u2212]", "this dash is no minus", "write -"),
        ("[\u00d7\u22c5\u00b7]", "'{0}' is not an operator here", "write *"),
        ("[\u00f7\u2044\u2215]", "'{0}' is not an operator here", "write /"),
        ("[\u2264\u2265\u2260]", "'{0}' is not an operator here", "write <=, >= or !="),
        ("[\uff01-\uff5e]", "'{0}' is a full-width character", "write the plain one"),
        (
            "[\u00a0\u2000-\u200d\u202f\u2060\u3000\ufeff]",
            "this is no plain space",
            "delete it and type a space",
        ),
        (r"&&", "'&&' is not an operator here", "write 'and'"),
        (r"\|\|", "'||' is not an operator here", "write 'or'"),
        (r"<>", "'<>' is not an operator here", "write '!='"),
        (r"=>|=<", "'{0}' is not an operator here", "write '>=' or '<='"),
        (r"!==?=", "'{0}' is not an operator here", "write '!='"),
        (r"===", "'===' is not an operator here", "write '=='"),
        (r"!(?!=)", "'!' is not an operator here", "write 'not'"),
        (r"\bAND\b", "'AND' is not an operator here", "write 'and' in small letters"),
        (r"\bOR\b", "'OR' is not an operator here", "write 'or' in small letters"),
        (r"\bNOT\b", "'NOT' is not an operator here", "write 'not' in small letters"),
        (r"\bIN\b", "'IN' is not an operator here", "write 'in' in small letters"),
        (r"\bIS\b", "'IS' is not an operator here", "write '==', or missing(x)"),
        (r"\bLIKE\b", "'LIKE' is not an operator here", 'write startswith(x, "ab")'),
        (r"\bBETWEEN\b", "'BETWEEN' is not an operator here", "write low <= x <= high"),
        (r"\b(?:CASE|WHEN|THEN)\b", "'{0}' has no place in a formula", "write: x if condition else y"),
        (r"\bIF\b", "'IF' is not a function here", "write: x if condition else y"),
        (r"(?<!\bwhere)(?<!\bper)(?<![=!<>:\s])\s*=(?![=<>])", "'=' does not compare", "write '=='"),
        (r"\(\s*\*\s*\)", "'*' stands for nothing here", "count() counts all events"),
        (r"\bwhere\b(?!\s*=)", "'where' stands inside an aggregate", "as in sum(x, where=y > 3)"),
        (r"\bper\b(?!\s*=)", "'per' stands inside rate()", 'as in rate(count(), per="1h")'),
        (r"\b(?:SELECT|FROM|WHERE)\b", "'{0}' has no place in a formula", "a formula is one expression"),
        (r";", "';' has no place in a formula", "a formula is one expression; a comma parts arguments"),
        (r"\$", "'$' has no place in a formula", "names stand for themselves"),
        (r"\?", "'?' is not an operator here", "write: x if condition else y"),
        (r"\d\s*%\s*(?=$|[),]|\band\b|\bor\b)", "'%' is the remainder of a division here", "write 0.05 or 5"),
    )
)
_REASONS = (
    ("unterminated", "a quote is never closed", "close it with the same quote"),
    ("expected 'else'", "an 'if' without 'else'", "write: x if condition else y"),
    ("keyword argument repeated", "the same argument is given twice", "join conditions with 'and'"),
    ("positional argument follows", "an argument with a name comes last", "as in sum(x, where=y > 3)"),
    ("leading zeros", "a number can't begin with 0", "write 7, not 07"),
    ("decimal literal", "a number runs into letters", "units are declared, not written in formulas"),
    ("forgot a comma", "something is missing between two values", "an operator, or a comma"),
)
_WORDS = {"and", "or", "not", "in", "if", "else", "True", "False"}


def plain(text: str) -> str:
    """The text with what stands in quotes and in comments blanked out, each character by another.

    >>> plain('note == "a && b" # why')
    'note == ________ _____'
    """
    return _TOKENS.sub(lambda found: found[0] if found["bracket"] else "_" * len(found[0]), text)


def check_characters(text: str, problems: Problems) -> bool:
    """Whether the text has only characters that can be shown; adds the problem when not."""
    for place, character in enumerate(text):
        if (
            (character < " " and character not in "\t\r\n")
            or "\x7f" <= character < "\xa0"
            or "\ud800" <= character <= "\udfff"
        ):
            _at(
                text,
                place,
                1,
                problems,
                "this character can't be shown",
                f"delete it (U+{ord(character):04X})",
            )
            return False
    return True


def check_brackets(text: str, problems: Problems) -> int | None:
    """How deep brackets are nested, or None when a problem was added because they do not match."""
    opened: list[tuple[str, int]] = []
    deepest = 0
    for found in _TOKENS.finditer(text):
        bracket, place = found["bracket"], found.start()
        if not bracket:
            continue
        if bracket in _CLOSES:
            opened.append((bracket, place))
            deepest = max(deepest, len(opened))
        elif not opened:
            _at(text, place, 1, problems, f"'{bracket}' closes nothing", "delete it, or open it before")
            return None
        elif _CLOSES[opened[-1][0]] != bracket:
            wanted = _CLOSES[opened[-1][0]]
            _at(text, place, 1, problems, f"'{bracket}' closes '{opened[-1][0]}'", f"write '{wanted}'")
            return None
        else:
            opened.pop()
    # A quote left open hides the brackets behind it: that is said elsewhere.
    if opened and not re.search("[\"']", plain(text)):
        bracket, place = opened[-1]
        _at(text, place, 1, problems, f"'{bracket}' is never closed", f"write '{_CLOSES[bracket]}' behind")
        return None
    return deepest


def check_neighbours(text: str, problems: Problems) -> bool:
    """Whether no two texts in quotes stand side by side: Python would join them, a list lacks a comma."""
    before = None
    for found in _TOKENS.finditer(text):
        if found["string"] and before is not None and not text[before : found.start()].strip():
            _at(
                text,
                found.start(),
                len(found[0]),
                problems,
                "two texts side by side",
                "put a comma between them",
            )
            return False
        before = found.end() if found["string"] else None
    return True


def explain(text: str, error: SyntaxError, problems: Problems) -> None:
    """Adds what is wrong with a text that Python can't read."""
    known = list(_cures(plain(text)))
    for place, length, message, hint in known:
        _at(text, place, length, problems, message, hint)
    if not known:
        _reason(text, error, problems)


def _cures(masked: str) -> Iterator[tuple[int, int, str, str]]:
    taken: set[int] = set()
    for pattern, message, hint in _CURES:
        found = pattern.search(masked)
        if found and not taken & set(range(*found.span())):
            taken |= set(range(*found.span()))
            word = found[0].strip(" \t")
            start = masked.index(word, found.start())
            yield start, len(word), message.format(word), hint


def _reason(text: str, error: SyntaxError, problems: Problems) -> None:
    whole = lines(text)
    line = min(max(error.lineno or 1, 1), len(whole))
    offset = max((error.offset or 1) - (2 if line == 1 else 1), 0)
    offset = min(offset, max(len(whole[line - 1]) - 1, 0))
    said = error.msg or ""
    for word in re.finditer(r"[A-Za-z]+", plain(text)):
        if keyword.iskeyword(word[0]) and word[0] not in _WORDS:
            message, hint = (
                f"'{word[0]}' is a word of its own in formulas",
                "a field of that name can't be used here",
            )
            _at(text, word.start(), len(word[0]), problems, message, hint)
            return
    for part, message, hint in _REASONS:
        if part in said:
            ends_here = error.end_lineno == error.lineno and error.end_offset
            length = (error.end_offset or 0) - (error.offset or 0) if ends_here else 1
            length = max(min(length, len(whole[line - 1]) - offset), 1)
            problems.at(line, offset, length, "syntax", message, hint)
            return
    hint = "one expression, such as 100 * count(x > 3) / count()"
    problems.at(line, offset, 1, "syntax", "this can't be read as a formula", hint)


def _at(text: str, place: int, length: int, problems: Problems, message: str, hint: str) -> None:
    before = lines(text[:place])
    problems.at(len(before), len(before[-1]), length, "syntax", message, hint)
