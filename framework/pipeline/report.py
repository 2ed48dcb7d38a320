"""What the steps of a tick tell the driver: small counts and names, never events."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from framework.state import Segment


class Report(msgspec.Struct, kw_only=True):
    """Figures that add up: of one step, or of a whole tick.

    `latest` is the greatest event time of each shard; `first` and `last` the earliest and latest
    slice with an event by the slice's size, `begun` the earliest with one that came in time;
    `active` the hours with any; `tables` the new segments;
    `outbox` the segments of transitions.
    """

    totals: dict[str, int] = {}
    latest: dict[str, int] = {}
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    begun: dict[str, int] = {}
    active: list[int] = []
    tables: dict[str, list[Segment]] = {}
    outbox: list[Segment] = []


def combine(reports: Iterable[Report]) -> Report:
    """One report of many: the same in any order."""
    whole = Report()
    hours: set[int] = set()
    for report in reports:
        for name, count in report.totals.items():
            whole.totals[name] = whole.totals.get(name, 0) + count
        _keep(whole.latest, report.latest, max)
        _keep(whole.first, report.first, min)
        _keep(whole.last, report.last, max)
        _keep(whole.begun, report.begun, min)
        hours.update(report.active)
        whole.tables.update(report.tables)
        whole.outbox += report.outbox
    whole.active = sorted(hours)
    whole.outbox.sort(key=lambda segment: (segment.name, segment.offset))
    return whole


def _keep(into: dict[str, int], found: dict[str, int], best) -> None:  # type: ignore[no-untyped-def]
    for name, value in found.items():
        into[name] = best(into[name], value) if name in into else value
