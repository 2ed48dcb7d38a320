"""Every rule with the figures that it looks at."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from framework.definitions.model import Calendar, Definitions, Grouping, Kpi
from framework.definitions.rule import Escalate, Rule, leaves
from framework.detectors.base import Setting
from framework.episodes.watch import Part, Watch, Watched, spelled
from framework.expressions import CompiledKpi, factor_of


def watch_rules(definitions: Definitions, kpis: Mapping[str, CompiledKpi]) -> tuple[Watch, ...]:
    """One watch for each rule, in the order of the definitions."""
    return tuple(_watch(rule, definitions, kpis) for rule in definitions.rules)


def _watch(rule: Rule, definitions: Definitions, compiled: Mapping[str, CompiledKpi]) -> Watch:
    kpi = next(one for one in definitions.kpis if one.name == rule.kpi)
    formula = compiled[rule.kpi]
    calendar = _calendar(rule, definitions.calendars)
    return Watch(
        rule=rule,
        title=rule.title or rule.name.replace("_", " ").capitalize(),
        kpi_title=kpi.title,
        unit=kpi.unit,
        watched=_watched(kpi, next(one for one in kpi.by if one.name == rule.level)),
        setting=Setting(
            side=rule.fire.when,
            size=kpi.window.size,
            every=kpi.window.every,
            ratio=formula.ratio is not None,
            factor=factor_of(formula.value),
            timezone=calendar.timezone if calendar else "UTC",
            holidays=calendar.holidays if calendar else (),
        ),
        parts=tuple(_parts(rule, definitions)),
        groups=tuple(_groups(rule, definitions)),
        parents=tuple(other.name for other in definitions.rules if rule.name in other.inhibits),
        members=tuple(dict.fromkeys(_settings(rule, "members"))),
        calendars=definitions.calendars,
        correct_for=definitions.pipeline.events.correct_for,
        definition=_meaning(rule, formula),
        file=_within(rule.at.path, definitions.files),
        dimensions=tuple(sorted(definitions.dimensions.items())),
    )


def _watched(kpi: Kpi, grouping: Grouping) -> Watched:
    return Watched(kpi.name, grouping.name, grouping.fields, kpi.window)


def _calendar(rule: Rule, calendars: tuple[Calendar, ...]) -> Calendar | None:
    """The calendar by which a rule tells the hours: that of its `during`, or else the only one there is."""
    if rule.during is not None:
        return next(one for one in calendars if one.name == rule.during.calendar)
    return calendars[0] if len(calendars) == 1 else None


def _parts(rule: Rule, definitions: Definitions) -> Iterator[Part]:
    wanted = [*rule.contributors, *_settings(rule, "mix")]
    for kpi in definitions.kpis:
        for grouping in kpi.by:
            if grouping.is_level or kpi.name not in {name.partition("/")[0] for name in wanted}:
                continue
            rest = grouping.name.split("+")
            if rule.level in rest and len(rest) == 2:
                rest.remove(rule.level)
                own = next(one.fields for one in definitions.pipeline.levels if one.name == rule.level)
                field = [name for name in grouping.fields if name not in own][-1]
                part = Part(rest[0], field, _watched(kpi, grouping))
                if kpi.name in wanted or part.name in wanted:
                    yield part


def _groups(rule: Rule, definitions: Definitions) -> Iterator[tuple[str, tuple[str, ...]]]:
    levels = {level.name: level.fields for level in definitions.pipeline.levels}
    for name in dict.fromkeys(_settings(rule, "peers")):
        yield name, levels.get(name, (name,))


def _settings(rule: Rule, detector: str) -> list[str]:
    """What `of` says in the rule's detectors of a kind."""
    clauses = [rule.detect]
    if isinstance(rule.escalate, Escalate) and rule.escalate.detect is not None:
        clauses.append(rule.escalate.detect)
    return [leaf.settings["of"] for one in clauses for leaf in leaves(one) if leaf.detector == detector]


def _within(path: str, files: Iterable[str]) -> str:
    """A file's path from the folder of definitions on, wherever that lies."""
    parents = {PurePath(file).parent for file in files}
    whole = os.path.commonpath(parents) if parents else ""
    return PurePath(os.path.relpath(path, whole or ".")).as_posix()


def _meaning(rule: Rule, formula: CompiledKpi) -> str:
    """Twelve hexadecimal digits that name what a rule means, whatever its texts."""
    escalate = rule.escalate
    graver = spelled(escalate.detect) if escalate and escalate.detect is not None else ""
    said = (
        *(
            rule.name,
            rule.level,
            formula.definition,
            spelled(rule.detect),
            rule.fire,
            rule.recover,
            rule.no_data,
        ),
        *((escalate.to, escalate.after, graver) if escalate else ()),
        *(rule.min_volume, rule.during, rule.reopen, sorted(rule.inhibits)),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]
