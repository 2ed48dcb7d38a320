"""What no single file can tell: names used twice, levels that nothing identifies, dimensions of two types."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.diagnostics import Span


def unique(gather: Gather, what: str, named: Iterable[tuple[str, Span]]) -> None:
    """Each name once."""
    seen: dict[str, Span] = {}
    for name, at in named:
        first = seen.setdefault(name, at)
        if first is not at:
            message = f"the {what} '{name}' is defined twice; first in {first}"
            gather.add(at, f"{what}/duplicate-name", message, "rename one of them")


def check_levels(gather: Gather, pipeline: model.Pipeline, dimensions: Iterable[str]) -> None:
    """Each level's fields are there, once."""
    known = [field.name for field in pipeline.events.fields] + list(dimensions)
    for level in pipeline.levels:
        for place, field in enumerate(level.fields):
            at = level.places[place] if place < len(level.places) else level.at
            if field not in known:
                gather.unknown(at, "pipeline/unknown-field", "event field or zone dimension", field, known)
            elif field in level.fields[:place]:
                message = f"'{field}' is here twice"
                gather.add(at, "pipeline/twice-field", message, "keep one of them")


def check_notified(gather: Gather, pipeline: model.Pipeline, rules: Iterable[str]) -> None:
    """Whoever is notified of some rules is so of rules that there are."""
    known = list(rules)
    for one in pipeline.notify:
        for rule, at in zip(one.rules, one.places, strict=True):
            if rule not in known:
                gather.unknown(at, "pipeline/unknown-rule", "rule", rule, known)


def check_dimensions(gather: Gather, zones: Iterable[model.ZoneMap]) -> None:
    """A dimension has one type in all maps: the one that most give it."""
    uses: dict[str, list[tuple[model.FieldType, model.ZoneMap, Span]]] = defaultdict(list)
    for zone in zones:
        seen: set[tuple[str, str]] = set()
        for assignment in zone.assignments:
            for name, value in assignment.sets.items():
                type_ = model.type_of(value)
                if (name, type_) not in seen:
                    seen.add((name, type_))
                    uses[name].append((type_, zone, assignment.at))
    for name, found in uses.items():
        counted = Counter("float" if type_ == "int" else type_ for type_, _, _ in found)
        usual = counted.most_common(1)[0][0]
        first = next(at for type_, _, at in found if ("float" if type_ == "int" else type_) == usual)
        for type_, _, at in found:
            if type_ != usual and {type_, usual} != {"int", "float"}:
                words = f"'{name}' is {_WORDS[type_]} here and {_WORDS[usual]} in {first}"
                gather.add(at, "zones/dimension-type", words, "give it one type; a number in quotes is text")


_WORDS = {"string": "text", "int": "a number", "float": "a number", "bool": "true or false"}
