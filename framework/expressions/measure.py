"""What a formula compiles to: measures to be kept, and a value made of them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from framework.expressions.nodes import Node
from framework.expressions.unparse import unparse


@dataclass(frozen=True)
class Measure:
    """One aggregate over events. Measures that mean the same are equal, however they were written."""

    aggregate: str
    argument: Node | None
    condition: Node | None
    parameter: float | None = None

    @cached_property
    def text(self) -> str:
        """The measure as a formula."""
        inside = [unparse(self.argument)] if self.argument is not None else []
        if self.parameter is not None:
            inside.append(f"{self.parameter:g}")
        if self.condition is not None:
            where = unparse(self.condition)
            inside.append(where if self.aggregate == "count" else f"where={where}")
        return f"{self.aggregate}({', '.join(inside)})"

    @cached_property
    def id(self) -> str:
        """A short name that is safe as a column's."""
        return f"{self.aggregate}_{hashlib.sha256(self.text.encode()).hexdigest()[:8]}"

    @cached_property
    def label(self) -> str:
        """A readable name for documents: `count_event_type_rejected`."""
        words = re.sub(r"[^A-Za-z0-9]+", "_", self.text.replace("==", "")).strip("_").lower()
        return words if len(words) <= 60 else f"{words[:51]}_{self.id[-8:]}"


@dataclass(frozen=True)
class CompiledKpi:
    """A KPI's formula, checked. `fields` are the event fields it reads; `definition` names its meaning.

    `ratio` has numerator and denominator when the value is one over the other, with or without a factor.
    """

    name: str
    unit: str
    measures: tuple[Measure, ...]
    value: Node
    ratio: tuple[Node, Node] | None
    fields: frozenset[str]
    definition: str
