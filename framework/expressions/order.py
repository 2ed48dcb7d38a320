"""In which order KPIs that refer to one another are compiled, and which go round in circles."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from framework.expressions.functions import AGGREGATES

References = Mapping[str, Mapping[str, ast.Name]]


def references(tree: ast.expr, names: frozenset[str]) -> dict[str, ast.Name]:
    """The KPIs of `names` that a formula refers to outside aggregates, each with its first place."""
    found: dict[str, ast.Name] = {}
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id in names:
            found.setdefault(node.id, node)
        called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if called not in AGGREGATES:
            inside = node.args + [k.value for k in node.keywords] if isinstance(node, ast.Call) else None
            waiting += reversed(inside if inside is not None else list(ast.iter_child_nodes(node)))
    return found


def in_order(refers: References) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """All names, each behind those it refers to; and the circles, each as a path that comes back.

    Those in a circle, and those that need one of them, are in the order all the same.

    >>> place = ast.Name("b")
    >>> in_order({"a": {"b": place}, "b": {}, "c": {"d": place}, "d": {"c": place}})
    (('b', 'a', 'd', 'c'), (('c', 'd', 'c'),))
    """
    done: dict[str, None] = {}
    circles: list[tuple[str, ...]] = []
    for start in refers:
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            name, leave = waiting.pop()
            if leave:
                path.pop()
                done.setdefault(name)
            elif name in path:
                circles.append((*path[path.index(name) :], name))
            elif name not in done:
                path.append(name)
                waiting.append((name, True))
                waiting += [(other, False) for other in reversed(list(refers[name]))]
    return tuple(done), tuple(circles)
