"""One KPI at one level: what is written for each of its windows."""

from __future__ import annotations

from dataclasses import dataclass

from framework.definitions.model import Window
from framework.expressions import Measure, Node


@dataclass(frozen=True)
class Output:
    """A KPI's value for one of a grouping's keys, over one of its windows.

    `measures` are the ones that `value` is made of, all of them in the group's. `ratio` has
    numerator and denominator where the value is one over the other.
    """

    kpi: str
    unit: str
    definition: str
    level: str
    is_level: bool
    window: Window
    measures: tuple[Measure, ...]
    value: Node
    ratio: tuple[Node, Node] | None
