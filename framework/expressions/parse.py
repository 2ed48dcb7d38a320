"""Text to Python's own syntax tree, within bounds, with errors that an analyst can act on."""

from __future__ import annotations

import ast
import warnings

from framework.definitions.model import Formula
from framework.expressions.problems import Problems
from framework.expressions.syntax import check_brackets, check_characters, check_neighbours, explain

LONGEST = 2_000
DEEPEST = 50
_SPLIT = "split it into KPIs that refer to one another"


def parse(formula: Formula, problems: Problems) -> ast.expr | None:
    """The tree of a formula, or None when `problems` were added. Positions are those of the text."""
    text = formula.text
    if not text.strip():
        problems.at(1, 0, 1, "empty", "the formula is empty", "write one, such as count()")
        return None
    if len(text) > LONGEST:
        message = f"the formula has {len(text):,} characters; the most is {LONGEST:,}"
        problems.at(1, 0, 1, "too-long", message, _SPLIT)
        return None
    if not check_characters(text, problems):
        return None
    nested = check_brackets(text, problems)
    if nested is None:
        return None
    tree = _tree(text, problems) if nested <= DEEPEST else None
    if tree is None or _depth(tree) > DEEPEST:
        if not problems.found:
            problems.at(1, 0, 1, "too-deep", f"the formula is nested more than {DEEPEST} deep", _SPLIT)
        return None
    if not check_neighbours(text, problems):
        return None
    for node in ast.walk(tree):
        _unshift(node)
    return tree


def _tree(text: str, problems: Problems) -> ast.expr | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's doubts about escapes and the like
            # In brackets, so that a formula may go over several lines.
            return ast.parse(f"({text}\n)", mode="eval").body
    except SyntaxError as error:
        if "too many nested" not in str(error.msg):
            explain(text, error, problems)
    except ValueError:
        problems.at(1, 0, 1, "syntax", "this can't be read as a formula", "type it again")
    except (RecursionError, MemoryError):
        pass  # nested too deeply for the parser itself
    return None


def _unshift(node: ast.AST) -> None:
    if isinstance(node, ast.expr | ast.keyword):
        if node.lineno == 1:
            node.col_offset = max(node.col_offset - 1, 0)
        if node.end_lineno == 1 and node.end_col_offset is not None:
            node.end_col_offset = max(node.end_col_offset - 1, 0)


def _depth(tree: ast.AST) -> int:
    deepest = 0
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        under = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr | ast.keyword))
        waiting += [(child, depth + 1) for child in under]
    return deepest
