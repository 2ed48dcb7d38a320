"""The rules' models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from framework.definitions.build.course import POLICIES, Course, expects
from framework.definitions.build.detect import build_clause
from framework.definitions.build.figures import Figures
from framework.definitions.build.gather import Gather
from framework.definitions.build.message import check_message
from framework.definitions.build.references import References
from framework.definitions.build.settings import check_settings
from framework.definitions.build.world import World
from framework.definitions.convert import Converted, Path
from framework.definitions.durations import SECOND
from framework.definitions.rule import Clause, During, Fire, Leaf, Recover, Rule

_EXPECTED = ("title", "owner", "message")


def levels_of(found: Iterable[Converted]) -> dict[str, str]:
    """The rules that checked files define or name for silence, each with its level."""
    levels: dict[str, str] = {}
    for one in found:
        levels.setdefault(one.value["rule"], one.value["level"])
    for one in found:
        silent = one.value.get("no_data")
        name = silent.get("as") if isinstance(silent, dict) else silent
        if name is not None and name not in POLICIES:
            levels.setdefault(name, one.value["level"])
    return levels


def build_rules(
    found: Iterable[Converted], gather: Gather, world: World
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The models of checked rule files, and those of the rules without a file that they name for silence."""
    built = [rule for one in found if (rule := _Builder(one, gather, world).rule()) is not None]
    files = {one.value["rule"] for one in found}
    made: dict[str, Rule] = {}
    for rule in built:
        if rule.no_data and rule.no_data.rule and rule.no_data.rule not in files | gather.lost:
            made.setdefault(rule.no_data.rule, _silence(rule, rule.no_data.rule, rule.no_data.after))
    return tuple(built), tuple(made.values())


def _silence(rule: Rule, name: str, after: int) -> Rule:
    """The rule that another one names for windows without events, where no file defines it."""
    at = rule.spans.get("no_data", rule.at)
    return Rule(
        name=name,
        title=name.replace("_", " ").capitalize(),
        description="",
        owner=rule.owner,
        kpi=rule.kpi,
        level=rule.level,
        detect=Leaf("no_data", {"after": after}, at),
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
        self.value: dict[str, Any] = converted.value
        self.world = world
        self.kpi = world.kpis.get(self.value["kpi"])
        self.references = References(converted, gather, world)
        self.figures = Figures(converted, gather, self.kpi.window.every if self.kpi else 60 * SECOND)

    def rule(self) -> Rule | None:
        value = self.value
        name = value["rule"]
        self._undocumented(name)
        self.references.check()
        detect = self._clause(("detect",))
        self._message(detect)
        worse = self._clause(("escalate", "detect")) if "detect" in (value.get("escalate") or ()) else None
        if detect is None:
            self.gather.lost.add(name)
            return None
        course = Course(self.figures, detect, self.kpi.better if self.kpi else "higher")
        fire = course.fire()
        return Rule(
            name=name,
            title=value.get("title") or name.replace("_", " ").capitalize(),
            description=value.get("description", ""),
            owner=value.get("owner", ""),
            kpi=value["kpi"],
            level=value["level"],
            detect=detect,
            fire=fire,
            recover=course.recover(fire),
            no_data=course.no_data(),
            escalate=course.escalate(worse, fire),
            min_volume=float(value.get("min_volume", 0)),
            during=self._during(),
            reopen=course.reopen(),
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

    def _message(self, detect: Clause | None) -> None:
        level, levels = self.value["level"], self.world.levels
        if self.world.whole("zones") and level in levels:
            names = [name for name in (level, *levels[level], *self.world.dimensions) if name.isidentifier()]
            check_message(self.converted, self.gather, names, detect is None or expects(detect))

    def _clause(self, path: Path) -> Clause | None:
        clause, found = build_clause(self.figures, path)
        size = self.kpi.window.size if self.kpi else SECOND
        sure = str(path[0]) not in self.converted.faulty
        for place, leaf in found.items():
            self.references.leaf(leaf, place)
            check_settings(self.figures, size, leaf, place, sure)
        return clause

    def _during(self) -> During | None:
        body = self.value.get("during")
        if body is None or isinstance(body, str):
            return During(body) if body else None
        return During(body["calendar"], tuple(body.get("shifts") or ()))
