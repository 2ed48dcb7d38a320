"""What rules say of one another: circles, and whose affair silence is."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping

from framework.definitions.build.gather import Gather
from framework.definitions.diagnostics import Span
from framework.definitions.rule import Leaf, NoData, Rule, leaves

_ALIKE = 0.85
Edges = Mapping[str, tuple[str, ...]]


def check_relations(gather: Gather, rules: Iterable[Rule], made: Iterable[Rule]) -> None:
    """All rules of a folder; those `made` for silence have no file."""
    written = {rule.name: rule for rule in rules}
    found = {**{rule.name: rule for rule in made}, **written}
    for rule in written.values():
        if rule.no_data is not None and rule.no_data.rule:
            _silence(gather, rule, rule.no_data, found, written)
    _circles(gather, found, "inhibits", lambda rule: rule.inhibits, lambda rule: _at(rule, "inhibits"))
    _circles(gather, found, "is made of", _members, lambda rule: _at(rule, "detect"))


def _members(rule: Rule) -> tuple[str, ...]:
    clauses = (rule.detect, rule.escalate.detect if rule.escalate else None)
    return tuple(
        leaf.settings["of"]
        for clause in clauses
        if clause is not None
        for leaf in leaves(clause)
        if leaf.detector == "members"
    )


def _circles(
    gather: Gather,
    rules: Mapping[str, Rule],
    word: str,
    names: Callable[[Rule], tuple[str, ...]],
    at: Callable[[Rule], Span],
) -> None:
    edges = {name: names(rule) for name, rule in rules.items()}
    told: set[str] = set()
    for name, rule in rules.items():
        circle = [] if name in told else _way_back(edges, name)
        if circle:
            told.update(circle)
            shown = f" {word} ".join((*circle, name))
            gather.add(at(rule), "rule/circle", f"a circle: {shown}", "take one of them out")


def _way_back(edges: Edges, start: str) -> list[str]:
    """The names of a circle from `start` back to it, of two or more; empty where there is none."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        for name in edges.get(way[-1], ()):
            if name == start and len(way) > 1:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _silence(
    gather: Gather, rule: Rule, no_data: NoData, rules: Mapping[str, Rule], written: Mapping[str, Rule]
) -> None:
    name, at = no_data.rule, _at(rule, "no_data")
    other = rules.get(name)
    if other is None:
        return  # it could not be built, of which its file has been told
    if name == rule.name:
        gather.add(at, "rule/circle", f"'{name}' names itself", "write fire: a silent window is an anomaly")
    elif name not in written:
        close = difflib.get_close_matches(name, (*written, "keep", "ok", "fire"), 1, _ALIKE)
        if close:
            message = f"no file defines '{name}': it is a new rule"
            gather.add(at, "rule/new-name", message, f"did you mean '{close[0]}'?", "warning")
        same = isinstance(other.detect, Leaf) and other.detect.settings["after"] == no_data.after
        if not same or (other.kpi, other.level) != (rule.kpi, rule.level):
            message = f"'{name}' is made in another way already, in {other.at}"
            gather.add(at, "rule/several-silences", message, f"write a file for the rule '{name}'")
    elif other.level != rule.level or all(leaf.detector != "no_data" for leaf in leaves(other.detect)):
        message = f"nobody would be told of silence: '{name}' does not watch for it at each {rule.level}"
        hint = f"name a rule of level {rule.level} with the detector no_data"
        gather.add(at, "rule/silence", message, hint, "warning")


def _at(rule: Rule, key: str) -> Span:
    return rule.spans.get(key, rule.at)
