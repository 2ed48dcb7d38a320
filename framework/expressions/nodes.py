"""The typed tree of a formula: small frozen values, equal when they mean the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from framework.definitions.model import FieldType, Scalar
from framework.expressions.types import Type

LARGEST_TREE = 2_000


@dataclass(frozen=True)
class Literal:
    """A constant. Its type is part of it, or `True` would equal `1`."""

    value: Scalar
    type: Type

    @classmethod
    def number(cls, value: float) -> Literal:
        """A number; 5.0 and 5 are one, and there is no -0.0."""
        whole = isinstance(value, int) or (value.is_integer() and abs(value) < 2**53)
        return cls(int(value) if whole else value, "number")


@dataclass(frozen=True)
class Field:
    """An event field, or a dimension that zone maps set."""

    name: str
    type: FieldType


@dataclass(frozen=True)
class MeasureRef:
    """An aggregate's value, by its measure's id. `text` is the aggregate as a formula."""

    id: str
    text: str


@dataclass(frozen=True)
class Unary:
    """`-x` or `not x`."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary:
    """Arithmetic: `+ - * / // % **`. A division by zero is null."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Compare:
    """A comparison: `== != < <= > >=`. A missing value equals nothing."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Logic:
    """`and` or `or` of conditions."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Member:
    """`x in [...]`. A missing value is in no list."""

    operand: Node
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Choose:
    """`x if condition else y`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True)
class Call:
    """A function of one event, or of values."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Rate:
    """A value extrapolated from the window to `per` microseconds."""

    operand: Node
    per: int


Node = Literal | Field | MeasureRef | Unary | Binary | Compare | Logic | Member | Choose | Call | Rate


def children(node: Node) -> Iterator[Node]:
    """The nodes right under a node, from left to right."""
    for member in fields(node):
        value = getattr(node, member.name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Node):
                yield one


def walk(node: Node) -> Iterator[Node]:
    """A node and all under it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(children(one))


def larger(node: Node, most: int) -> bool:
    """Whether a tree has more than `most` nodes."""
    return any(count > most for count, _ in enumerate(walk(node), 1))


def depth(node: Node, most: int) -> int:
    """How many nodes stand one in another, counted up to `most` + 1."""
    found, level = 0, [node]
    while level and found <= most:
        found += 1
        level = list({id(child): child for one in level for child in children(one)}.values())
    return found
