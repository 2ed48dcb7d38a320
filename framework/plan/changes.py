"""What new definitions change for a run that goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from framework.plan.nodes import Output, Plan


@dataclass(frozen=True)
class Changes:
    """The names of KPIs and rules by what happens to them. `mapped` tells that zone maps differ.

    `changed` KPIs keep their open windows, as all that their formulas count was counted before; `anew`
    start with the first window after what has been read. `rules` has each rule that differs with what
    happens to it.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    anew: tuple[str, ...]
    unchanged: tuple[str, ...]
    mapped: bool
    rules: tuple[tuple[str, str], ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each for a person; none where nothing changes what is computed."""
        told = (
            (self.added, "new"),
            (self.anew, "changed, starts anew with its next window"),
            (self.changed, "changed, keeps its open windows"),
            (self.removed, "removed: its open windows stay as they are"),
        )
        said = [f"{name}: {what}" for names, what in told for name in names]
        said += [f"rule {name}: {what}" for name, what in self.rules]
        return (*said, "zone maps changed: for events from now on") if self.mapped else tuple(said)


def changes(before: Plan, after: Plan) -> Changes:
    """What differs from one plan to the next."""
    old, new = _outputs(before), _outputs(after)
    counted = {f"{group.id}/{measure.id}" for group in before.groups for measure in group.measures}
    both = [name for name in new if name in old]
    differ = [name for name in both if new[name].keys() != old[name].keys() or new[name] != old[name]]
    anew = [name for name in differ if any(not needed <= counted for needed, _ in new[name].values())]
    return Changes(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in differ if name not in anew),
        anew=tuple(anew),
        unchanged=tuple(name for name in both if name not in differ),
        mapped=_maps(before) != _maps(after),
        rules=tuple(_rules(before, after)),
    )


def _rules(before: Plan, after: Plan) -> Iterator[tuple[str, str]]:
    old, new = ({watch.name: watch for watch in plan.watches} for plan in (before, after))
    for name, watch in new.items():
        if name not in old:
            yield name, "new"
        elif watch.id != old[name].id:
            yield name, "watches something else: its open episodes end"
        elif watch.definition != old[name].definition:
            yield name, "changed: its open episodes go on, detectors with other settings learn anew"
    for name in old:
        if name not in new:
            yield name, "removed: its open episodes end"


def _outputs(plan: Plan) -> dict[str, dict[tuple[str, int, int], tuple[set[str], Output]]]:
    """By KPI, then by level and window: what it counts, and what is written."""
    found: dict[str, dict[tuple[str, int, int], tuple[set[str], Output]]] = {}
    for group in plan.groups:
        for output in group.outputs:
            place = (output.level, output.window.size, output.window.every)
            needed = {f"{group.id}/{measure.id}" for measure in output.measures}
            found.setdefault(output.kpi, {})[place] = (needed, output)
    return dict(sorted(found.items()))


def _maps(plan: Plan) -> list[Any]:
    """The zone maps, wherever they stand in their files."""
    return [
        (zone.name, zone.effective, [({p.field: p.text for p in a.match}, a.sets) for a in zone.assignments])
        for zone in plan.zones
    ]
