"""The typed tree of a formula: small frozen values, equal when they mean the same."""

from __future__ import annotations

from dataclasses import dataclass

from framework.definitions.model import FieldType, Scalar


@dataclass(frozen=True)
class Literal:
    """A constant."""

    value: Scalar


@dataclass(frozen=True)
class Field:
    """An event field, or a dimension that zone maps set."""

    name: str
    type: FieldType


@dataclass(frozen=True)
class MeasureRef:
    """An aggregate's value, by its measure's id. `text` is how it was written."""

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
