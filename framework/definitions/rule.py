"""An anomaly rule as typed, frozen values: what watches a KPI, when it fires, when it recovers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from framework.definitions.diagnostics import Span

Side = Literal["below", "above", "outside"]
Severity = Literal["info", "warning", "critical"]
Mode = Literal["alert", "shadow"]
NoDataPolicy = Literal["keep", "ok", "fire"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")


@dataclass(frozen=True)
class Amount:
    """A figure in the KPI's unit, or, with `percent`, so many hundredths of what is expected."""

    value: float
    percent: bool = False

    def __str__(self) -> str:
        return f"{self.value:g}{'%' if self.percent else ''}"


@dataclass(frozen=True)
class Leaf:
    """One detector with its settings.

    Settings are normal values by their names: an `Amount` where a figure or a share may stand, a share
    as a fraction of 1, a number of windows as an int, a stretch of time in microseconds.
    """

    detector: str
    settings: Mapping[str, Any]
    at: Span = field(compare=False, repr=False)


@dataclass(frozen=True)
class Combined:
    """Clauses of which all (`and`) or any (`or`) must hold."""

    by: Literal["and", "or"]
    parts: tuple[Clause, ...]


@dataclass(frozen=True)
class Negated:
    """A clause that must not hold."""

    part: Clause


Clause = Leaf | Combined | Negated


@dataclass(frozen=True)
class Fire:
    """An episode begins when the clause held in `windows` windows on end; `when` is the side that counts."""

    when: Side
    windows: int
    severity: Severity


@dataclass(frozen=True)
class Escalate:
    """An open episode becomes `to` after so many windows, or as soon as another clause holds."""

    to: Severity
    after: int | None
    detect: Clause | None


@dataclass(frozen=True)
class Recover:
    """An episode ends when the clause no longer held in `windows` windows on end.

    With `above` or `below` the value must also be past that. `least` is how many windows an episode lasts
    at the least.
    """

    windows: int
    above: Amount | None = None
    below: Amount | None = None
    least: int = 0


@dataclass(frozen=True)
class NoData:
    """What windows without any event mean, once there are `after` of them on end.

    keep: nothing changes; ok: as if the clause did not hold; fire: as if it held. `rule` names the rule
    whose affair they are; this one then keeps still. A rule that says nothing of them judges them as it
    judges any other window.
    """

    after: int = 1
    policy: NoDataPolicy = "keep"
    rule: str = ""


@dataclass(frozen=True)
class During:
    """The time in which a rule judges: in any of a calendar's shifts, or in those named; not on holidays."""

    calendar: str
    shifts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One anomaly rule, as written.

    `reopen` is the number of windows after its end within which an episode that fires again goes on as
    the same one. `contributors` name KPIs whose combinations tell what an episode is made of.
    `min_volume`: windows with less are not judged; it is of the denominator where the KPI is a ratio, else
    of the greater of value and expected.
    """

    name: str
    title: str
    description: str
    owner: str
    kpi: str
    level: str
    detect: Clause
    fire: Fire
    recover: Recover
    no_data: NoData | None = None
    escalate: Escalate | None = None
    min_volume: float = 0.0
    during: During | None = None
    reopen: int = 0
    inhibits: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    mode: Mode = "alert"
    message: str = ""
    at: Span = field(default=Span(""), compare=False)
    spans: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False, hash=False)


def leaves(clause: Clause) -> tuple[Leaf, ...]:
    """The detectors of a clause, in the order in which they are written."""
    match clause:
        case Leaf():
            return (clause,)
        case Combined(_, parts):
            return tuple(leaf for part in parts for leaf in leaves(part))
        case Negated(part):
            return leaves(part)
