"""A tree with what is known of its value while it is being compiled."""

from __future__ import annotations

from dataclasses import dataclass

from framework.expressions.nodes import Node
from framework.expressions.types import Type
from framework.expressions.units import Unit


@dataclass(frozen=True)
class Typed:
    """A node, its type and its unit.

    `unit` None: not known, anything goes. `constant`: made of literals only, takes on the unit of what
    it is added to or compared with; `amount` is its value where that is known.
    """

    node: Node
    type: Type
    unit: Unit | None = None
    constant: bool = False
    amount: float | None = None
