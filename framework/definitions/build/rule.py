"""The rules' models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from framework.definitions import model
from framework.definitions.build.detect import build_clause
from framework.definitions.build.figures import Figures, amount
from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted, Path
from framework.definitions.durations import SECOND
from framework.definitions.rule import (
    Clause,
    During,
    Escalate,
    Fire,
    Leaf,
    NoData,
    NoDataPolicy,
    Recover,
    Rule,
    Side,
    leaves,
)

POLICIES: tuple[NoDataPolicy, ...] = ("keep", "ok", "fire")
_EXPECTED = ("title", "owner", "message")


@dataclass(frozen=True)
class World:
    """What rules may name: `rules` are all rules by name, each with its level."""

    pipeline: model.Pipeline
    dimensions: Mapping[str, model.FieldType]
    zones: tuple[model.ZoneMap, ...]
    kpis: Mapping[str, model.Kpi]
    calendars: Mapping[str, model.Calendar]
    rules: Mapping[str, str]


def build_rules(found: Iterable[Converted], gather: Gather, world: World) -> tuple[Rule, ...]:
    """The models of checked rule files, and of the rules that they name for silence."""
    built = [rule for one in found if (rule := _Builder(one, gather, world).rule()) is not None]
    names = {one.value["rule"] for one in found}
    implicit: dict[str, Rule] = {}
    for rule in built:
        name = rule.no_data.rule if rule.no_data else ""
        if name and name not in names:
            implicit.setdefault(name, _silence(name, rule))
    return (*built, *implicit.values())


def _silence(name: str, rule: Rule) -> Rule:
    """The rule that another one names for windows without events, where no file defines it."""
    assert rule.no_data is not None
    at = rule.spans.get("no_data", rule.at)
    return Rule(
        name=name,
        title=name.replace("_", " ").capitalize(),
        description="",
        owner=rule.owner,
        kpi=rule.kpi,
        level=rule.level,
        detect=Leaf("no_data", {"after": rule.no_data.after}, at),
        fire=Fire(rule.fire.when, 1, "critical"),
        recover=Recover(1),
        during=rule.during,
        reopen=rule.reopen,
        mode=rule.mode,
        at=at,
    )


class _Builder:
    def __init__(self, converted: Converted, gather: Gather, world: World) -> None:
        self.converted = converted
        self.gather = gather
        self.world = world
        self.value: dict[str, Any] = converted.value
        self.kpi = world.kpis.get(self.value["kpi"])
        self.figures = Figures(converted, gather, self.kpi.window.every if self.kpi else 60 * SECOND)

    def rule(self) -> Rule | None:
        value = self.value
        name = value["rule"]
        self._undocumented(name)
        self._names()
        detect, _ = build_clause(self.figures, ("detect",))
        escalate = self._escalate()
        if detect is None:
            self.gather.lost.add(name)
            return None
        return Rule(
            name=name,
            title=value.get("title") or name.replace("_", " ").capitalize(),
            description=value.get("description", ""),
            owner=value.get("owner", ""),
            kpi=value["kpi"],
            level=value["level"],
            detect=detect,
            fire=self._fire(detect),
            recover=self._recover(),
            no_data=self._no_data(),
            escalate=escalate,
            min_volume=float(value.get("min_volume", 0)),
            during=self._during(),
            reopen=self._windows("10 windows", "reopen"),
            inhibits=tuple(value.get("inhibits") or ()),
            contributors=tuple(value.get("contributors") or ()),
            mode=value.get("mode", "alert"),
            message=value.get("message", ""),
            at=self.converted.key("rule"),
            spans={key: self.converted.at(key) for key in value},
        )

    def _undocumented(self, name: str) -> None:
        faulty = self.converted.faulty
        absent = [key for key in _EXPECTED if not self.value.get(key) and key not in faulty]
        if absent:
            message = f"'{name}' has no {', '.join(absent)}"
            hint = "say what it is called, whose it is, and what the alert says"
            self.gather.add(self.converted.at("rule"), "rule/undocumented", message, hint, "warning")

    def _names(self) -> None:
        gather, converted, value = self.gather, self.converted, self.value
        kpis = self.world.kpis
        if self.kpi is None:
            gather.unknown(converted.at("kpi"), "rule/unknown-kpi", "KPI", value["kpi"], kpis)
        levels = [level.name for level in self.world.pipeline.levels]
        if value["level"] not in levels:
            gather.unknown(converted.at("level"), "rule/unknown-level", "level", value["level"], levels)

    def _windows(self, default: str, *path: str | int) -> int:
        body: Any = self.value
        for part in path:
            body = body.get(part) if isinstance(body, dict) else None
        return self.figures.windows(default if body is None else body, path)

    def _fire(self, detect: Clause) -> Fire:
        fire = self.value.get("fire") or {}
        when = fire.get("when") or self._side(detect)
        return Fire(when, self._windows("1 window", "fire", "for"), fire.get("severity", "warning"))

    def _side(self, detect: Clause) -> Side:
        named: set[Side] = set()
        for leaf in leaves(detect):
            if leaf.detector in ("threshold", "peers"):
                named |= {side for side in ("below", "above") if leaf.settings[side] is not None}
        if named:
            return named.pop() if len(named) == 1 else "outside"
        return "above" if self.kpi and self.kpi.better == "lower" else "below"

    def _recover(self) -> Recover:
        recover = self.value.get("recover") or {}
        above, below = (amount(recover[side]) if side in recover else None for side in ("above", "below"))
        windows = self._windows("1 window", "recover", "for")
        return Recover(windows, above, below, self._windows("0 windows", "recover", "least"))

    def _escalate(self) -> Escalate | None:
        body = self.value.get("escalate")
        if body is None:
            return None
        after = self._windows("1 window", "escalate", "after") if "after" in body else None
        detect, _ = build_clause(self.figures, ("escalate", "detect")) if "detect" in body else (None, {})
        return Escalate(body.get("to", "critical"), after, detect)

    def _no_data(self) -> NoData | None:
        body = self.value.get("no_data")
        if body is None:
            return None
        name = body if isinstance(body, str) else body.get("as", "keep")
        after = self._windows("1 window", "no_data", "after")
        policy = next((one for one in POLICIES if one == name), None)
        return NoData(after, policy) if policy else NoData(after, rule=name)

    def _during(self) -> During | None:
        body = self.value.get("during")
        if body is None:
            return None
        return (
            During(body)
            if isinstance(body, str)
            else During(body["calendar"], tuple(body.get("shifts") or ()))
        )


def named(found: Iterable[Converted]) -> dict[str, str]:
    """The rules that files define or name for silence, each with its level."""
    levels: dict[str, str] = {}
    for one in found:
        levels.setdefault(one.value["rule"], one.value["level"])
    for one in found:
        silent = one.value.get("no_data")
        name = silent.get("as") if isinstance(silent, dict) else silent
        if name is not None and name not in POLICIES:
            levels.setdefault(name, one.value["level"])
    return levels


__all__ = ["POLICIES", "Path", "World", "build_rules", "named"]
