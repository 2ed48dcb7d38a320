"""The reference of the definitions, made from their one description.

`python -m framework.definitions.reference` writes its pages anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from framework.definitions.codes import CODES
from framework.definitions.kinds import KINDS
from framework.definitions.schema import combined
from framework.definitions.spec import (
    Boolean,
    Either,
    Field,
    Items,
    Kind,
    Named,
    Number,
    Object,
    Quantity,
    Scalar,
    Shared,
    Spec,
    Text,
)

FOLDER = Path("docs/reference")
_HEAD = "<!-- Made from framework/definitions by `python -m framework.definitions.reference`. -->"

_INTRODUCTION = """\
A file holds one definition; its first key names the kind.

Only what JSON would read so is a number, `true` or `false`; everything else is text as written: `NO`, `on`,
`12:30` and `2026-10-01` stay what they are. Anchors, aliases, tags and merge keys are refused.

For completion and checks while typing, point an editor at `definitions.schema.json`, for example by a first
line `# yaml-language-server: $schema=docs/reference/definitions.schema.json`.
"""


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    return {
        "definitions.md": definitions(KINDS.values()),
        "definitions.schema.json": json.dumps(combined(KINDS.values()), indent=1, ensure_ascii=False) + "\n",
        "diagnostics.md": diagnostics(),
    }


def definitions(kinds: Iterable[Kind]) -> str:
    """Each kind: what it is, an example, and a table of its keys."""
    kinds = list(kinds)
    lines = [_HEAD, "", "# Definitions", "", _INTRODUCTION]
    lines += [f"- [`{kind.name}`](#{kind.name}): {kind.doc}" for kind in kinds]
    for kind in kinds:
        lines += ["", f"## {kind.name}", "", kind.doc, ""]
        if kind.example:
            lines += ["```yaml", kind.example.rstrip(), "```", ""]
        lines += _table(kind.body)
        for shared in kind.shared():
            lines += ["", f"### {shared.name}", "", shared.doc, "", *_table(shared.of())]
    return "\n".join(lines) + "\n"


def diagnostics() -> str:
    """The table of all codes."""
    lines = [_HEAD, "", "# Diagnostics", "", "| code | meaning |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `{code}` | {_cell(doc)} |" for code, doc in CODES.items())]) + "\n"


def _table(body: Object) -> list[str]:
    head = ["| key | value | default | meaning | example |", "| --- | --- | --- | --- | --- |"]
    return [*head, *(_row(name, field) for name, field in _fields(body, ""))]


def _fields(spec: Spec | None, prefix: str) -> Iterator[tuple[str, Field]]:
    match spec:
        case Object(fields):
            for field in fields:
                yield f"{prefix}{field.name}", field
                yield from _fields(field.spec, f"{prefix}{field.name}.")
        case Named(value):
            yield from _fields(value, f"{prefix}<name>.")
        case Items(item):
            yield from _fields(item, f"{prefix.removesuffix('.')}[].")
        case Either(_, items, mapping):
            yield from _fields(items, prefix)
            yield from _fields(mapping, prefix)


def _row(name: str, field: Field) -> str:
    default = "required" if field.required else _cell(field.default)
    example = f"`{_cell(field.example)}`" if field.example else ""
    return f"| `{name}` | {_cell(_value(field.spec))} | {default} | {_cell(field.doc)} | {example} |"


def _value(spec: Spec | None) -> str:
    match spec:
        case Text(choices, _, like):
            return ", ".join(f"`{one}`" for one in choices) if choices else like or "text"
        case Number(whole, least, most):
            words = "whole number" if whole else "number"
            if most is not None:
                return f"{words}, {least or 0:g} to {most:g}"
            return words if least is None else f"{words}, {least:g} or more"
        case Quantity(_, _, like):
            return like
        case Boolean():
            return "`true` or `false`"
        case Shared(name):
            return f"a [{name}](#{name})"
        case Scalar():
            return "text, number, `true` or `false`"
        case Items(item):
            return f"list of: {_value(item)}"
        case Named(value):
            return f"mapping from names to: {_value(value)}"
        case Object():
            return "mapping"
        case Either(scalar, items, mapping):
            return "; or ".join(_value(one) for one in (scalar, items, mapping) if one is not None)
        case None:
            return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def write(folder: Path = FOLDER) -> None:
    """Write the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
