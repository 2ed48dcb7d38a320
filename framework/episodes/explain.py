"""Why an episode is open: which clauses fired, what it is made of, who is inside. Kept as a note with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from framework.detectors.base import YES, Detector, Floats, Ints, Parts, Seen, Verdict
from framework.episodes.memory import Memory, Past

_MOST = 5  # contributors of a dimension
_TOLD = ("value", "expected", "lower", "upper")
_INSIDE = 100  # members by name

Who = Callable[[str, int], list[str]]


def explained(
    memory: Memory,
    seen: Seen,
    verdicts: Mapping[str, Verdict],
    past: Past,
    where: int,
    place: Ints | None,
    who: Who,
    was: Mapping[str, Any],
) -> bytes:
    """The note on a key's window, as JSON. `where` is its place in `seen`, `place` that in the memory.

    Parts and members are seen once: a corrected window keeps what the episode's note before, `was`, said.
    """
    at = where if place is None else int(place[where])
    clauses = []
    for one in memory.watch.detectors:
        verdict = verdicts[one.id]
        if verdict.firing[where] != YES:
            continue
        figures = _figures(verdict, seen, past.context.get(one.id, {}), where, at)
        clauses.append(
            {
                "detector": one.name,
                "sentence": _said(one, memory, figures),
                **{name: figures[name] for name in (*_TOLD, *one.told) if not np.isnan(figures[name])},
                "score": _plain(verdict.score[where]),
            }
        )
    note: dict[str, Any] = {"window": past.end, "clauses": clauses}
    if seen.parts:
        note["contributors"] = [one for name, parts in seen.parts.items() for one in _parts(name, parts, at)]
    elif was:
        note["contributors"] = was.get("contributors", [])
    if seen.members:
        note["members"] = {
            name: {"count": _plain(count[at]), "firing": _plain(held[at]), "keys": who(name, at)[:_INSIDE]}
            for name, (count, held) in seen.members.items()
        }
    elif memory.watch.members and was:
        note["members"] = was.get("members", {})
    return msgspec.json.encode(note)


def _said(detector: Detector, memory: Memory, figures: Mapping[str, float]) -> str:
    return detector.reason(figures, memory.watch.unit, memory.tables[detector.id])


def _figures(
    verdict: Verdict, seen: Seen, context: Mapping[str, Floats], where: int, at: int
) -> dict[str, float]:
    return {
        "value": float(seen.value[where]),
        "expected": float(verdict.expected[where]),
        "lower": float(verdict.lower[where]),
        "upper": float(verdict.upper[where]),
        **{name: float(values[at]) for name, values in context.items()},
    }


def _parts(name: str, parts: Parts, at: int) -> list[dict[str, Any]]:
    """The greatest parts of a key's figure, with their shares."""
    mine = parts.key == at
    amounts, names = parts.amount[mine], parts.part[mine]
    total = float(amounts.sum())
    if not total > 0:
        return []
    kpi, _, dimension = name.partition("/")
    order = sorted(range(len(names)), key=lambda one: (-amounts[one], names[one]))
    return [
        {
            "kpi": kpi,
            "dimension": dimension,
            "name": names[one],
            "amount": _plain(amounts[one]),
            "share": round(float(amounts[one]) / total, 4),
        }
        for one in order[:_MOST]
        if amounts[one] > 0
    ]


def _plain(value: Any) -> float | int | None:
    number = float(value)
    if np.isnan(number) or np.isinf(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
