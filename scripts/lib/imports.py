"""Holds the directions of imports between the rooms; run by scripts/lint."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A room may import the rooms on lower lines, never those on its own line or above.
LAYERS = (
    {"framework.definitions", "framework.aggregates"},
    {"framework.expressions", "framework.detectors"},
    {"framework.episodes"},
    {"framework.plan"},
    {"framework.sources", "framework.sinks"},
    {"framework.state"},
    {"framework.notify"},
    {"framework.pipeline"},
    {"runners"},
    {"framework.testing"},
    {"framework.cli", "ui"},
)


def room(module: str) -> str | None:
    """The room of a dotted module name; None for what is no room."""
    parts = module.split(".")
    if parts[0] in ("runners", "ui"):
        return parts[0]
    return ".".join(parts[:2]) if parts[0] == "framework" and len(parts) > 1 else None


def imports(path: Path) -> list[tuple[int, str]]:
    """The modules that a file imports, each with its line."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.lineno, node.module))
    return found


def problems(root: Path = ROOT) -> list[str]:
    """Every import that points the wrong way, as `path:line: message`."""
    level = {name: place for place, layer in enumerate(LAYERS) for name in layer}
    found = []
    for path in sorted(
        [*root.glob("framework/**/*.py"), *root.glob("runners/**/*.py"), *root.glob("ui/**/*.py")]
    ):
        own = room(".".join(path.relative_to(root).with_suffix("").parts))
        for line, module in imports(path):
            other = room(module)
            if own in level and other in level and own != other and level[other] >= level[own]:  # type: ignore[index]
                found.append(f"{path.relative_to(root)}:{line}: {own} must not import {other}")
    return found


if __name__ == "__main__":
    bad = problems()
    print("\n".join(bad) or "imports point one way")
    sys.exit(bool(bad))
