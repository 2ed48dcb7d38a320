"""Whether what a rule names is there, and is what it takes it for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from framework.definitions.build.gather import Gather
from framework.definitions.build.world import World
from framework.definitions.convert import Converted, Path
from framework.definitions.diagnostics import Span
from framework.definitions.rule import Leaf


@dataclass(frozen=True)
class References:
    """The names in one rule file."""

    converted: Converted
    gather: Gather
    world: World

    @property
    def level(self) -> str:
        """The rule's level."""
        return str(self.converted.value["level"])

    @property
    def fields(self) -> tuple[str, ...] | None:
        """The fields of the rule's level, None where nothing can be said of them."""
        return self.world.levels.get(self.level) if self.world.sure else None

    def check(self) -> None:
        """All names but those inside the clauses."""
        value, gather, world = self.converted.value, self.gather, self.world
        at = self.converted.at("level")
        if value["kpi"] not in world.kpis:
            self._unknown_kpi(("kpi",), value["kpi"])
        if self.level not in world.levels:
            if world.levels or world.sure:
                gather.unknown(at, "rule/unknown-level", "level", self.level, world.levels)
        elif world.relies_on(value["kpi"]) and self.level not in gather.lost:
            computed = [one.name for one in world.kpis[value["kpi"]].by if one.is_level]
            if self.level not in computed:
                message = f"'{value['kpi']}' is not computed for each {self.level}"
                others = f", or write {' or '.join(computed)}" if computed else ""
                gather.add(at, "rule/not-at-level", message, f"add {self.level} to its `by`{others}")
        self._during(value.get("during"))
        for place, name in enumerate(value.get("inhibits") or ()):
            self._below(("inhibits", place), name, same=True)
        for place, name in enumerate(value.get("contributors") or ()):
            self._contributors(("contributors", place), name)

    def leaf(self, leaf: Leaf, path: Path) -> None:
        """The names that a detector has."""
        of: Any = leaf.settings.get("of")
        if leaf.detector == "peers":
            self._peers((*path, "of"), of)
        elif leaf.detector == "mix":
            self._mix((*path, "of"), *of.split("/"))
        elif leaf.detector == "members":
            self._below((*path, "of"), of, same=False)

    def _unknown_kpi(self, path: Path, name: str) -> None:
        if self.world.whole("kpi"):
            self.gather.unknown(self.converted.at(*path), "rule/unknown-kpi", "KPI", name, self.world.kpis)

    def _unknown_dimension(self, at: Span, what: str, name: str, known: Iterable[str]) -> None:
        if self.world.whole("zones"):
            known = (*self.world.levels, *known)
            self.gather.unknown(at, "rule/unknown-dimension", what, name, known)

    def _during(self, body: Any) -> None:
        if body is None:
            return
        path: Path = ("during",) if isinstance(body, str) else ("during", "calendar")
        name = body if isinstance(body, str) else body["calendar"]
        at = self.converted.at(*path)
        calendar = self.world.calendars.get(name)
        if calendar is None and self.world.whole("calendar"):
            self.gather.unknown(at, "rule/unknown-calendar", "calendar", name, self.world.calendars)
        if calendar is None or calendar.at.path in self.world.wrong:
            return
        for place, shift in enumerate(() if isinstance(body, str) else body.get("shifts") or ()):
            if shift not in calendar.shifts:
                at = self.converted.at("during", "shifts", place)
                self.gather.unknown(at, "rule/unknown-shift", "shift", shift, calendar.shifts)

    def _below(self, path: Path, name: str, same: bool) -> None:
        """A rule whose keys belong to this rule's; at the `same` level only where that makes sense."""
        at = self.converted.at(*path)
        if name not in self.world.rules:
            if self.world.whole("rule"):
                self.gather.unknown(at, "rule/unknown-rule", "rule", name, self.world.rules)
            return
        if name == self.converted.value["rule"]:
            hint = "name another rule" if same else "name a rule of a lower level"
            self.gather.add(at, "rule/circle", f"'{name}' names itself", hint)
            return
        level = self.world.rules[name]
        fields = self.world.levels.get(level)
        if fields is None or self.fields is None or {name, level, self.level} & self.gather.lost:
            return
        equal = set(fields) == set(self.fields)
        if not (same and equal) and (equal or not self.world.belongs(fields, self.fields)):
            whose = f"'{name}' is of level {level}"
            message = f"{whose}, and none of those belongs to one {self.level}"
            if equal:
                message = f"{whose} too: there is one of it for each {self.level}"
            self.gather.add(at, "rule/not-below", message, f"name a rule of a level within {self.level}")

    def _peers(self, path: Path, name: str) -> None:
        at, own = self.converted.at(*path), self.world.levels.get(self.level)
        fields = self.world.levels.get(name) or ((name,) if name in self.world.fields else None)
        if fields is None:
            self._unknown_dimension(at, "level or zone dimension", name, self.world.dimensions)
        elif own is None or not self.world.sure:
            return
        elif set(own) <= set(fields):
            message = f"each {self.level} would be alone: peers are those within one {name}"
            self.gather.add(at, "rule/peers-alone", message, "name a higher level or a zone dimension")
        elif not self.world.belongs(own, fields):
            message = f"a {self.level} does not belong to one {name}"
            hint = f"name what contains each {self.level} as a whole"
            self.gather.add(at, "rule/not-within", message, hint)

    def _mix(self, path: Path, name: str, dimension: str) -> None:
        at, world = self.converted.at(*path), self.world
        if name not in world.kpis:
            self._unknown_kpi(path, name)
        elif dimension not in world.fields and dimension not in world.levels:
            self._unknown_dimension(at, "event field or zone dimension", dimension, world.fields)
        elif self.fields is not None and world.relies_on(name) and dimension not in self._splits(name):
            message = f"'{name}' is not split by {dimension} for each {self.level}"
            hint = f"add [{self.level}, {dimension}] to the `by` of {name}"
            self.gather.add(at, "rule/not-split", message, "" if dimension in self.fields else hint)

    def _contributors(self, path: Path, name: str) -> None:
        at = self.converted.at(*path)
        if name not in self.world.kpis:
            self._unknown_kpi(path, name)
        elif self.fields is not None and self.world.relies_on(name) and not self._splits(name):
            message = f"'{name}' is not split by anything for each {self.level}"
            hint = f"add a combination such as [{self.level}, <field>] to its `by`"
            self.gather.add(at, "rule/no-contributors", message, hint, "warning")

    def _splits(self, name: str) -> set[str]:
        """By what a KPI is split for each of the level: what stands beside it in combinations of two."""
        found: set[str] = set()
        for one in self.world.kpis[name].by:
            parts = one.name.split("+")
            if not one.is_level and len(parts) == 2 and self.level in parts:
                found.update(part for part in parts if part != self.level)
        return found
