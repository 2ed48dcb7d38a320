"""What a formula compiles to: measures to be kept, and a value made of them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from framework.aggregates import WideAggregate, get
from framework.aggregates.base import Parts
from framework.expressions.dtypes import dtype_of
from framework.expressions.nodes import Field, Literal, Node, walk
from framework.expressions.normalize import normal_condition, normal_value
from framework.expressions.unparse import number, unparse

_WORDS = (
    ("==", " "),
    ("!=", " not "),
    (">=", " ge "),
    ("<=", " le "),
    (">", " gt "),
    ("<", " lt "),
    ("**", " power "),
    ("*", " times "),
    ("//", " by "),
    ("/", " by "),
    ("%", " mod "),
    ("+", " plus "),
    ("-", " minus "),
)
_LONGEST_LABEL = 60


@dataclass(frozen=True)
class Measure:
    """One aggregate over events. Measures that mean the same are equal, however they were written.

    `argument` and `condition` are over events; `label` is a readable name for documents, unique within a
    KPI: `count_event_type_rejected`.
    """

    aggregate: str
    argument: Node | None
    condition: Node | None
    parameter: float | None = None
    label: str = field(default="", compare=False)

    @classmethod
    def of(
        cls, aggregate: str, argument: Node | None, condition: Node | None, parameter: float | None = None
    ) -> Measure:
        """The measure in normal form."""
        normal = normal_condition(condition) if condition is not None else None
        if normal == Literal(True, "bool"):
            normal = None
        measure = cls(aggregate, normal_value(argument) if argument is not None else None, normal, parameter)
        return replace(measure, label=measure.slug)

    @cached_property
    def text(self) -> str:
        """The measure as a formula."""
        inside = [unparse(self.argument)] if self.argument is not None else []
        if self.parameter is not None:
            inside.append(number(self.parameter))
        if self.condition is not None:
            where = unparse(self.condition)
            inside.append(where if self.aggregate == "count" else f"where={where}")
        return f"{self.aggregate}({', '.join(inside)})"

    @cached_property
    def id(self) -> str:
        """A short name that is safe as a column's. Fields of other types make another measure."""
        nodes = [one for root in (self.argument, self.condition) if root is not None for one in walk(root)]
        types = sorted({f"{one.name}:{one.type}" for one in nodes if isinstance(one, Field)})
        digest = hashlib.sha256("\n".join([self.text, *types]).encode("utf-8", "surrogatepass"))
        return f"{self.aggregate}_{digest.hexdigest()[:8]}"

    @cached_property
    def slug(self) -> str:
        """The text in the letters of a name; two measures may share one."""
        text = self.text
        for sign, word in _WORDS:
            text = text.replace(sign, word)
        words = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()
        return words if len(words) <= _LONGEST_LABEL else f"{words[: _LONGEST_LABEL - 9]}_{self.id[-8:]}"

    @property
    def state(self) -> Parts:
        """Part by part the type and the identity of the aggregate's columns; nothing for a sketch."""
        aggregate = get(self.aggregate)
        if not isinstance(aggregate, WideAggregate):
            return {}
        return aggregate.state(dtype_of(self.argument) if self.argument is not None else None)


@dataclass(frozen=True)
class CompiledKpi:
    """A KPI's formula, checked.

    `fields` are the event fields and dimensions that it reads; `definition` is 12 hexadecimal
    digits that name its meaning; `ratio` has numerator and denominator when the value is one over
    the other, with or without a constant factor.
    """

    name: str
    unit: str
    measures: tuple[Measure, ...]
    value: Node
    ratio: tuple[Node, Node] | None
    fields: frozenset[str]
    definition: str


def labelled(measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """The measures of one KPI with labels of which no two are the same."""
    found = tuple(measures)
    seen = Counter(measure.slug for measure in found)
    return tuple(
        replace(one, label=one.slug if seen[one.slug] == 1 else f"{one.slug}_{one.id[-8:]}") for one in found
    )
