"""Rules over a few hand-written windows: what happens, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import polars as pl

from framework.definitions.diagnostics import Span
from framework.definitions.model import Calendar, Window
from framework.definitions.rule import Amount, Clause, Fire, Leaf, Recover, Rule
from framework.detectors.base import Setting
from framework.episodes import Series, Watch, documents
from framework.episodes.watch import Watched

MINUTE = 60_000_000
BEGIN = 1_790_000_000_000_000 // (60 * MINUTE) * 60 * MINUTE  # a full hour
NOWHERE = Span("rules.yaml", 1)

Told = tuple[int, str, str]


def leaf(detector: str, **settings: Any) -> Leaf:
    """A detector with settings."""
    return Leaf(detector, settings, NOWHERE)


BELOW = leaf("threshold", below=10.0)


def rule(name: str = "low", detect: Clause = BELOW, **settings: Any) -> Rule:
    """A rule that fires below 10 at once, and recovers at once, but for what is given."""
    usual: dict[str, Any] = {
        "title": "", "description": "", "owner": "", "kpi": "items", "level": "one",
        "fire": Fire("below", 1, "warning"), "recover": Recover(1), "at": NOWHERE,
    }  # fmt: skip
    return Rule(name=name, detect=detect, **{**usual, **settings})


def watch(
    one: Rule,
    *,
    fields: tuple[str, ...] = ("one",),
    dimensions: tuple[tuple[str, Any], ...] = (),
    correct_for: int = 0,
    ratio: bool = False,
    **more: Any,
) -> Watch:
    """The rule over windows of a minute."""
    window = Window(MINUTE, MINUTE)
    made = Watch(
        rule=one,
        title=one.name,
        kpi_title="Items",
        unit="items",
        watched=Watched(one.kpi, one.level, fields, window),
        setting=Setting(one.fire.when, MINUTE, MINUTE, ratio=ratio, factor=100.0 if ratio else 1.0),
        parts=(),
        groups=(),
        parents=(),
        members=(),
        calendars=(),
        correct_for=correct_for,
        definition="",
        file="rules.yaml",
        dimensions=dimensions,
    )
    return replace(made, **more)


def rows(values: Mapping[str, Sequence[float | None]], first: int = 0, **dimensions: Any) -> pl.DataFrame:
    """A row a key and minute, from minute `first` on; None: the key was silent."""
    found = [
        {
            "@start": BEGIN + (first + minute) * MINUTE,
            "one": key,
            **{name: by_key[key] for name, by_key in dimensions.items()},
            "value": value,
            "numerator": None,
            "denominator": None,
            "events": 0.0 if value is None else 50.0,
        }
        for key, line in values.items()
        for minute, value in enumerate(line)
    ]
    floats = dict.fromkeys(("value", "numerator", "denominator", "events"), pl.Float64)
    return pl.DataFrame(found, schema_overrides=floats)


def life(one: Rule | Watch, values: Sequence[float | None]) -> list[tuple[int, str]]:
    """What happens to one key: the number of the window, and what."""
    series = Series([watch(one) if isinstance(one, Rule) else one])
    return [told[::2] for told in happens(series, {"items@one": rows({"A": values})})]  # type: ignore[misc]


def happens(series: Series, frames: Mapping[str, pl.DataFrame]) -> list[Told]:
    """What happens to all keys: the number of the window that ends then, the key, and what."""
    return [
        ((snapshot.at - BEGIN) // MINUTE - 1, " ".join(map(str, key)), snapshot.change)
        for snapshot in series.take(frames)
        if snapshot.change != "goes_on"
        for key in snapshot.frame.select(series.memory_of(snapshot.rule).watch.watched.fields).iter_rows()
    ]


def documents_of(series: Series, frames: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, Any]]:
    """The documents as they stand in the end."""
    found = {}
    for snapshot in series.take(frames):
        for identity, _, document in documents(series.memory_of(snapshot.rule).watch, "test", snapshot):
            found[identity] = msgspec.json.decode(msgspec.json.encode(document))
    return found


def calendar(**settings: Any) -> Calendar:
    """A calendar of UTC."""
    usual: dict[str, Any] = {"name": "work", "timezone": "UTC", "shifts": {}, "holidays": (), "at": NOWHERE}
    return Calendar(**{**usual, **settings})


__all__ = ["Amount", "Fire", "Recover"]
