"""Text to Python's own syntax tree, within bounds, with errors that an analyst can act on."""

from __future__ import annotations

import ast
import re

from framework.definitions.model import Formula
from framework.expressions.problems import Problems

LONGEST = 2_000
DEEPEST = 50
_CURES = (
    (re.compile("[\u2018\u2019\u201c\u201d]"), "curly quotes are no quotes here", "write \" or '"),
    (re.compile(r"&&"), "'&&' is not an operator here", "write 'and'"),
    (re.compile(r"\|\|"), "'||' is not an operator here", "write 'or'"),
    (re.compile(r"<>"), "'<>' is not an operator here", "write '!='"),
    (re.compile(r"!(?!=)"), "'!' is not an operator here", "write 'not'"),
    (re.compile(r"\bAND\b"), "'AND' is not an operator here", "write 'and' in small letters"),
    (re.compile(r"\bOR\b"), "'OR' is not an operator here", "write 'or' in small letters"),
    (re.compile(r"\bNOT\b"), "'NOT' is not an operator here", "write 'not' in small letters"),
    (re.compile(r"\bIF\s*\("), "'IF(...)' is not a function here", "write: x if condition else y"),
    (re.compile(r"(?<![=!<>])=(?![=])(?!\s*[^=]*[,)])"), "'=' does not compare", "write '=='"),
    (re.compile(r";"), "';' has no place in a formula", "a formula is one expression"),
)
_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")


def parse(formula: Formula, problems: Problems) -> ast.expr | None:
    """The tree of a formula, or None when `problems` were added. Positions are those of the text."""
    text = formula.text
    if not text.strip():
        problems.at(1, 0, 1, "empty", "the formula is empty", "write one, such as count()")
        return None
    if len(text) > LONGEST:
        problems.at(1, 0, 1, "too-long", f"the formula has {len(text):,} characters; the most is {LONGEST:,}", "split it into KPIs that refer to one another")
        return None
    try:
        # In brackets, so that a formula may go over several lines.
        tree = ast.parse(f"({text}\n)", mode="eval").body
    except SyntaxError as error:
        _explain(text, error, problems)
        return None
    except (RecursionError, MemoryError, ValueError):
        problems.at(1, 0, 1, "too-deep", "the formula is nested too deeply", "split it into KPIs that refer to one another")
        return None
    if _depth(tree) > DEEPEST:
        problems.at(1, 0, 1, "too-deep", f"the formula is nested more than {DEEPEST} deep", "split it into KPIs that refer to one another")
        return None
    for node in ast.walk(tree):
        _unshift(node)
    return tree


def _unshift(node: ast.AST) -> None:
    for line, column in (("lineno", "col_offset"), ("end_lineno", "end_col_offset")):
        if getattr(node, line, None) == 1:
            setattr(node, column, max(getattr(node, column) - 1, 0))


def _depth(tree: ast.AST) -> int:
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr | ast.keyword)]
    return deepest


def _explain(text: str, error: SyntaxError, problems: Problems) -> None:
    plain = _STRINGS.sub(lambda found: "_" * len(found.group()), text)
    for number, line in enumerate(plain.splitlines(), 1):
        for pattern, message, hint in _CURES:
            found = pattern.search(line)
            if found:
                problems.at(number, found.start(), len(found.group()), "syntax", message, hint)
                return
    lines = text.splitlines()
    line = min(error.lineno or 1, len(lines))
    offset = max((error.offset or 1) - (2 if line == 1 else 1), 0)
    offset = min(offset, max(len(lines[line - 1]) - 1, 0))
    message = (error.msg or "invalid syntax").split(". ")[0]
    if "was never closed" in message or "unmatched" in message or "unexpected EOF" in message:
        message, hint = "the brackets do not match", "count the opening and the closing ones"
    elif "unterminated string" in message:
        message, hint = "a quote is never closed", "close it with the same quote"
    else:
        message, hint = "this can't be read as a formula", "one expression, such as 100 * count(x > 3) / count()"
    problems.at(line, offset, 1, "syntax", message, hint)
