"""A rule's message: its placeholders are known."""

from __future__ import annotations

import re
from collections.abc import Collection

from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted
from framework.definitions.names import did_you_mean
from framework.definitions.positions import formula

PLACEHOLDERS = (
    "value",
    "expected",
    "lower",
    "upper",
    "unit",
    "kpi",
    "rule",
    "start",
    "duration",
    "reason",
)
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def check_message(
    converted: Converted, gather: Gather, dimensions: Collection[str], expects: bool = True
) -> None:
    """Every placeholder is one of those that there are, or the name of a level or dimension.

    `expects`: whether the rule's detectors tell what is expected.
    """
    node = converted.scalars.get(("message",))
    if node is None or "message" not in converted.value:
        return
    text = formula(converted.source, node)
    for found in _BRACES.finditer(text.text):
        line = text.text.count("\n", 0, found.start()) + 1
        offset = found.start() - (text.text.rfind("\n", 0, found.start()) + 1)
        at = text.at(line, offset, len(found.group()))
        name = found[1]
        if name is None:
            message = f"a single '{found.group()}': braces are for placeholders"
            gather.add(at, "rule/bad-message", message, "write one such as {value}")
        elif name == "expected" and not expects:
            message = "no detector of this rule expects anything"
            gather.add(at, "rule/nothing-expected", message, "take it out, or write {reason}", "warning")
        elif name not in PLACEHOLDERS and name not in dimensions and name not in gather.lost:
            plain = re.match(r"\w*", name.strip())
            close = plain.group() if plain and plain.group() in (*PLACEHOLDERS, *dimensions) else ""
            hint = f"write {{{close}}}" if close else did_you_mean(name, (*PLACEHOLDERS, *dimensions))
            gather.add(at, "rule/unknown-placeholder", f"no placeholder '{name}'", hint)
