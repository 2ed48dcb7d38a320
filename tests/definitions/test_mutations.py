"""Definitions broken by chance: never a crash, always a diagnostic, always at a place within its file."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.cli.checking import check
from framework.definitions import render
from framework.definitions.text import lines_of
from tests.definitions.made import RULE, WITH_RULE, write

REQUIRED = {
    "calendar.yaml": ["calendar", "timezone"],
    "kpi.yaml": ["kpi", "by", "window", "value"],
    "pipeline.yaml": ["pipeline", "events"],
    "rule.yaml": ["rule", "kpi", "level", "detect"],
    "simulation.yaml": ["simulation", "entity", "rate", "steps"],
    "zones.yaml": ["zones", "assign"],
}
LISTS = {
    "kpi.yaml": "audience",
    "rule.yaml": "inhibits",
    "calendar.yaml": "holidays",
    "simulation.yaml": "entity",
    "zones.yaml": "assign",
}
Broken = tuple[str, bytes]


def drop(chance: random.Random) -> Broken:
    """A file without one of its required keys and what belongs to it."""
    name = chance.choice(sorted(REQUIRED))
    key = chance.choice(REQUIRED[name])
    return name, re.sub(rf"^{key}:.*\n(?:[ -].*\n)*", "", WITH_RULE[name], flags=re.MULTILINE).encode()


def rename(chance: random.Random) -> Broken:
    """A file with one of its keys misspelt."""
    name = chance.choice(sorted(WITH_RULE))
    keys = re.findall(r"^(\w+):", WITH_RULE[name], flags=re.MULTILINE)
    key = chance.choice(keys)
    place = chance.randrange(len(key))
    misspelt = key[:place] + chance.choice("xyzq") + key[place:]
    return name, re.sub(rf"^{key}:", f"{misspelt}:", WITH_RULE[name], flags=re.MULTILINE).encode()


def retype(chance: random.Random) -> Broken:
    """A file with a value of the wrong type."""
    name = chance.choice(sorted(REQUIRED))
    key = chance.choice([*REQUIRED[name], LISTS.get(name, "events")])
    value = chance.choice(["{a: {b: c}}", "[[[1]]]", "", "{}"])
    changed = re.sub(rf"^{key}:.*\n(?:[ -].*\n)*", f"{key}: {value}\n", WITH_RULE[name], flags=re.MULTILINE)
    return name, changed.encode()


def indent(chance: random.Random) -> Broken:
    """A file with a line that begins one column too far right, under a line with a value."""
    name = chance.choice(sorted(WITH_RULE))
    lines = WITH_RULE[name].split("\n")
    places = [
        place
        for place in range(1, len(lines))
        if re.match(r"\w+: \S", lines[place - 1]) and re.match(r"\w+:", lines[place])
    ]
    place = chance.choice(places)
    lines[place] = " " + lines[place]
    return name, "\n".join(lines).encode()


def noise(chance: random.Random) -> Broken:
    """A file with a byte that no text has."""
    name = chance.choice(sorted(WITH_RULE))
    data = WITH_RULE[name].encode()
    place = chance.randrange(len(data))
    return name, data[:place] + bytes([chance.choice([0, 1, 7, 27, 0x80, 0xC0, 0xFF])]) + data[place:]


def cut(chance: random.Random) -> Broken:
    """A file that ends in the middle of a flow collection or a quoted text."""
    name = chance.choice(["kpi.yaml", "pipeline.yaml", "rule.yaml", "zones.yaml"])
    places = [found.end() for found in re.finditer(r'[{\["](?=[\w$])', WITH_RULE[name])]
    return name, WITH_RULE[name][: chance.choice(places)].encode()


MUTATIONS: list[Callable[[random.Random], Broken]] = [drop, rename, retype, indent, noise, cut]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__)
def test_what_is_broken_is_reported(
    tmp_path: Path, mutation: Callable[[random.Random], Broken], seed: int
) -> None:
    name, data = mutation(random.Random(seed))
    checked = check(write(tmp_path, {"rule.yaml": RULE, name: data}))
    diagnostics, files = checked.diagnostics, checked.files
    assert diagnostics, data
    assert any(Path(one.at.path).name == name for one in diagnostics), (data, diagnostics)
    assert name == "rule.yaml" or not any(one.at.path.endswith("rule.yaml") for one in diagnostics), (
        diagnostics
    )
    for one in diagnostics:
        if one.at.path in files:
            lines = lines_of(files[one.at.path])
            assert 1 <= one.at.line <= len(lines), one
            assert 1 <= one.at.column <= len(lines[one.at.line - 1]) + 1, one
    shown = render(diagnostics, files)
    assert "Traceback" not in shown
    assert all(sign.isprintable() or sign == "\n" for sign in shown)


@pytest.mark.parametrize("seed", range(140))
def test_any_damage_is_survived(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice(sorted(WITH_RULE))
    text = WITH_RULE[name]
    signs = ":{}[],#&*!|>'\"%@`-? \t\n\x85\u2028é0."
    for _ in range(chance.choice([1, 2, 5])):
        place, width = chance.randrange(len(text)), chance.choice([0, 0, 1, 3, 40])
        text = text[:place] + chance.choice(signs) + text[place + width :]
    checked = check(write(tmp_path, {"rule.yaml": RULE, name: text}))
    render(checked.diagnostics, checked.files)


def test_any_damage_to_a_rule_is_survived(tmp_path: Path) -> None:
    """Pieces of rules in each other's places: whatever the shape, only diagnostics come of it."""
    pieces = re.findall(r"\{[^{}]*\}|\[[^\]]*\]|[\w.%]+(?: windows?)?", RULE)
    for seed in range(400):
        chance = random.Random(seed)
        text = RULE
        for _ in range(chance.choice([1, 1, 2, 4])):
            found = chance.choice(list(re.finditer(r"\{[^{}]*\}|[\w.%]+(?: windows?)?", text)))
            piece = chance.choice(
                [*pieces, "", "{}", "[]", "-1", "0", "1e300", "10", "99999999999d", "5%", "null"]
            )
            text = text[: found.start()] + piece + text[found.end() :]
        checked = check(write(tmp_path, {"rule.yaml": text}))
        assert "Traceback" not in render(checked.diagnostics, checked.files)
        for one in checked.diagnostics:
            lines = lines_of(checked.files[one.at.path])
            assert 1 <= one.at.line <= len(lines), one
            assert 1 <= one.at.column <= len(lines[one.at.line - 1]) + 1, one
