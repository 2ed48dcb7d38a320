"""The shipped rules over the corpus: the product's own fold, day after day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.sorters.corpus import Corpus
from benchmarks.sorters.incidents import Incident
from benchmarks.sorters.plants import DAY, MINUTE
from benchmarks.sorters.scoring import Episode
from framework.cli.planning import plan_of
from framework.definitions.diagnostics import Span
from framework.definitions.model import Maintenance
from framework.episodes import Series, Watch

LEVELS = ("machine", "site")


def rules_of(folder: Path, corpus: Corpus) -> list[Watch]:
    """The alerting rules of a folder that look at what the corpus has; calendars know of its maintenance."""
    plan, _ = plan_of(str(folder))
    planned = [_declared(corpus, one) for one in corpus.incidents if one.kind.name == "maintenance"]
    found = []
    for one in plan.watches:
        if one.watched.level in LEVELS and one.rule.mode == "alert":
            calendars = [replace(each, maintenance=tuple(planned)) for each in one.calendars]
            found.append(replace(one, calendars=tuple(calendars)))
    return found


def run(corpus: Corpus, watches: Sequence[Watch]) -> Iterator[Episode]:
    """Every episode, as its rule fires."""
    places = {
        "machine": {name: place for place, name in enumerate(corpus.machines["machine_id"])},
        "site": {name: place for place, name in enumerate(corpus.sites["site"])},
    }
    levels = {one.name: one.watched.level for one in watches}
    wanted = {one.watched.name: one.watched for one in watches}
    # Zones are not in the corpus: they would only tell where an episode is.
    parts = [part for one in watches for part in one.parts if part.field == "reject_reason"]
    wanted |= {part.watched.name: part.watched for part in parts}
    series = Series(watches)
    for day in range(corpus.days.minutes // DAY):
        frames = {
            name: corpus.frame(one.kpi, one.level.partition("+")[0], day) for name, one in wanted.items()
        }
        for one in series.take(frames):
            if one.change == "fired":
                level = levels[one.rule]
                for key in one.frame["machine_id" if level == "machine" else "site"]:
                    yield Episode(one.rule, level, places[level][key], one.at)


def _declared(corpus: Corpus, one: Incident) -> Maintenance:
    machine = corpus.machines["machine_id"][one.machines[0]]
    start = corpus.days.begin + one.start * MINUTE
    # A machine needs some minutes to be full again.
    end = corpus.days.begin + (one.end + 5) * MINUTE
    return Maintenance(start, end, {"machine_id": machine}, at_span=Span(""))
