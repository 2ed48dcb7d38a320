"""A rule as the fold needs it: its settings, its detectors, the figures that it looks at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from framework.definitions.model import Calendar, FieldType, Window
from framework.definitions.rule import Clause, Combined, Leaf, Negated, Rule, leaves
from framework.detectors import make
from framework.detectors.base import Detector, Setting


@dataclass(frozen=True)
class Watched:
    """The figures of a KPI at a level or combination, by whose name the windows' rows are handed in."""

    kpi: str
    level: str
    fields: tuple[str, ...]
    window: Window

    @property
    def name(self) -> str:
        """`reject_rate@machine`."""
        return f"{self.kpi}@{self.level}"


@dataclass(frozen=True)
class Part:
    """A combination that tells what a rule's figures are made of: the rule's level and one more `dimension`.

    `field` is the column that has the part's name.
    """

    dimension: str
    field: str
    watched: Watched

    @property
    def name(self) -> str:
        """`rejections/reject_reason`, by which detectors refer to it."""
        return f"{self.watched.kpi}/{self.dimension}"


@dataclass(frozen=True)
class Watch:
    """One rule over one KPI at one level.

    `parents` are the rules that inhibit this one, `members` those whose keys this one counts; `groups`
    has the fields of each level or dimension whose keys belong together. `correct_for` is how long
    (microseconds) a window may be corrected. `definition` names the rule's meaning, whatever its texts say;
    `file` is where it is written, within the folder of definitions.
    `dimensions` are all that zone maps set, with their types.
    """

    rule: Rule
    title: str
    kpi_title: str
    unit: str
    watched: Watched
    setting: Setting
    parts: tuple[Part, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    parents: tuple[str, ...]
    members: tuple[str, ...]
    calendars: tuple[Calendar, ...]
    correct_for: int
    definition: str
    file: str
    dimensions: tuple[tuple[str, FieldType], ...]

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.rule.name

    @property
    def id(self) -> str:
        """Names the rule's state: the state outlives every edit that leaves these as they are."""
        return f"{self.rule.name}@{self.watched.name}@{'+'.join(self.watched.fields)}"

    @cached_property
    def detectors(self) -> tuple[Detector, ...]:
        """The detectors of the rule's clauses: those that fire it, then those that escalate it."""
        found = [make(leaf, self.setting) for leaf in self.leaves()]
        return tuple({one.id: one for one in found}.values())

    @property
    def message(self) -> str:
        """The text to be filled for an episode: the rule's own, or one that says what happened where."""
        return self.rule.message or f"{{rule}}: {{{self.watched.level}}}: {{reason}}"

    def leaves(self) -> Iterable[Leaf]:
        """Every detector as written, those of the escalation last."""
        yield from leaves(self.rule.detect)
        if self.rule.escalate is not None and self.rule.escalate.detect is not None:
            yield from leaves(self.rule.escalate.detect)


def spelled(clause: Clause) -> str:
    """A clause's meaning as text, the same however it was laid out."""
    match clause:
        case Leaf(detector, settings):
            given = sorted((name, value) for name, value in settings.items() if value is not None)
            said = ", ".join(f"{name}={value}" for name, value in given)
            return f"{detector}({said})"
        case Combined(by, parts):
            return f"({f' {by} '.join(spelled(part) for part in parts)})"
        case Negated(part):
            return f"not {spelled(part)}"
