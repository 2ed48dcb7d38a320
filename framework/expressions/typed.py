"""A tree with what is known of its value while it is being compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from framework.expressions.nodes import Node
from framework.expressions.units import Unit

Type = Literal["number", "bool", "text"]
TYPES: dict[str, Type] = {"string": "text", "int": "number", "float": "number", "bool": "bool"}
WORDS = {"number": "a number", "bool": "a condition", "text": "text", "any": "a value"}


@dataclass(frozen=True)
class Typed:
    """A node, its type and its unit. `unit` None: anything goes; `constant`: takes on the other's unit."""

    node: Node
    type: Type
    unit: Unit | None = None
    constant: bool = False
