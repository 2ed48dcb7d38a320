"""The episodes of two sets of definitions over the same events: what appears, what goes, what moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
_TOLD = ("resolved", "active", "recovering")


@dataclass(frozen=True)
class Comparison:
    """Episodes in pairs, old and new. `moved` are those of the same key that overlap and differ."""

    appear: tuple[Document, ...]
    go: tuple[Document, ...]
    moved: tuple[tuple[Document, Document], ...]
    same: int


def told(alerts: Iterable[Document]) -> list[Document]:
    """The episodes that stand: what late events took back is not among them."""
    return [one for one in alerts if one["alert"]["state"] in _TOLD]


def by_rule(alerts: Iterable[Document], modes: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Of each rule the number of its episodes, by day and by key, and its mode. `modes` has all rules."""
    found: dict[str, dict[str, Any]] = {
        name: {"episodes": 0, "mode": mode, "days": Counter(), "keys": Counter()}
        for name, mode in modes.items()
    }
    for one in told(alerts):
        rule = found[one["rule"]["name"]]
        rule["episodes"] += 1
        rule["days"][one["alert"]["fired"][:10]] += 1
        rule["keys"][key_of(one)] += 1
    for rule in found.values():
        rule["days"] = dict(sorted(rule["days"].items()))
        rule["keys"] = dict(sorted(rule["keys"].items(), key=lambda item: (-item[1], item[0])))
    return dict(sorted(found.items()))


def compare(old: Sequence[Document], new: Sequence[Document]) -> Comparison:
    """Pair the episodes of each rule and key that overlap, the earliest first."""
    waiting: dict[tuple[str, str], list[Document]] = {}
    for one in told(old):
        waiting.setdefault((one["rule"]["name"], key_of(one)), []).append(one)
    appear: list[Document] = []
    moved: list[tuple[Document, Document]] = []
    same = 0
    for one in told(new):
        before = waiting.get((one["rule"]["name"], key_of(one)), [])
        match = next((other for other in before if _overlap(other, one)), None)
        if match is None:
            appear.append(one)
            continue
        before.remove(match)
        if _shown(match) == _shown(one):
            same += 1
        else:
            moved.append((match, one))
    go = [one for left in waiting.values() for one in left]
    go.sort(key=lambda one: (one["alert"]["fired"], one["_id"]))
    return Comparison(tuple(appear), tuple(go), tuple(moved), same)


def key_of(document: Document) -> str:
    """The level's key, as the document's `_id` has it."""
    return ":".join(document["_id"].split(":")[3:-3])


def _overlap(one: Document, other: Document) -> bool:
    far = "9999"
    mine, theirs = one["alert"], other["alert"]
    return bool(mine["start"] <= (theirs["end"] or far) and theirs["start"] <= (mine["end"] or far))


def _shown(one: Document) -> tuple[Any, ...]:
    alert = one["alert"]
    return alert["start"], alert["fired"], alert["end"], one["rule"]["severity"]
