"""A folder of YAML to the model, and everything that is wrong with it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from framework.definitions import model
from framework.definitions.build.calendar import build_calendar
from framework.definitions.build.gather import Gather
from framework.definitions.build.kpi import build_kpi
from framework.definitions.build.pipeline import build_pipeline
from framework.definitions.build.rule import build_rules, levels_of
from framework.definitions.build.simulation import build_simulation
from framework.definitions.build.world import World, values_of
from framework.definitions.build.zones import build_zones
from framework.definitions.convert import Converted
from framework.definitions.crosscheck import check_dimensions, check_levels, check_notified, unique
from framework.definitions.diagnostics import Diagnostic, Severity, Span
from framework.definitions.dispatch import dispatch
from framework.definitions.kinds import KINDS
from framework.definitions.overlaps import check_overlaps
from framework.definitions.reading import read_folder, shown
from framework.definitions.relations import check_relations
from framework.definitions.rule import Rule
from framework.definitions.text import Source

_MOST = 100  # of one file: nobody reads more


def load(folder: str | Path) -> tuple[model.Definitions | None, tuple[Diagnostic, ...], dict[str, str]]:
    """The definitions of a folder, its problems, and the text of each file by its shown path.

    With errors, the definitions hold what could be read, for further checks: they must not be run.
    They are None when no pipeline could be read. Files may lie in folders of the folder; names that
    begin with a dot are passed over.
    """
    sources, problems = read_folder(Path(folder))
    gather = Gather(problems)
    files = {source.path: source.text for source in sources}
    found: dict[str, list[Converted]] = {name: [] for name in KINDS}
    broken, guessed = _sort(sources, found, gather)
    if not sources:
        return None, _sorted(gather), files
    pipeline = _pipeline(Path(folder), found["pipeline"], gather, bool(broken & {"pipeline", ""}))
    if pipeline is None:
        return None, _sorted(gather), files
    gather.lost |= gather.words - {field.name for field in pipeline.events.fields}
    zones = tuple(build_zones(one, gather, pipeline) for one in found["zones"])
    dimensions = model.Definitions(pipeline, (), zones, (), (), files).dimensions
    check_levels(gather, pipeline, dimensions)
    check_dimensions(gather, zones)
    check_overlaps(gather, zones)
    kpis = tuple(build_kpi(one, gather, pipeline, dimensions) for one in found["kpi"])
    values = {} if broken & {"zones", ""} else values_of(zones)
    fields = {field.name: field.one_of or None for field in pipeline.events.fields} | {
        name: values.get(name) for name in dimensions
    }
    calendars = tuple(build_calendar(one, gather, fields) for one in found["calendar"])
    simulations = tuple(build_simulation(one, gather, pipeline, dimensions) for one in found["simulation"])
    unique(gather, "kpi", [(kpi.name, kpi.at) for kpi in kpis])
    unique(gather, "calendar", [(calendar.name, calendar.at) for calendar in calendars])
    unique(gather, "simulation", [(simulation.name, simulation.at) for simulation in simulations])
    if not kpis and not broken & {"kpi", ""}:
        hint = "add a file that begins with: kpi: <name>"
        gather.add(pipeline.at, "folder/no-kpi", "there is no KPI", hint, "warning")
    nameless = any("no_data" in one.faulty for one in found["rule"])
    lacking = frozenset((*broken, *([""] if guessed else []), *(["rule"] if nameless else [])))
    rules = _rules(
        found["rule"], gather, lacking, model.Definitions(pipeline, kpis, zones, calendars, (), {})
    )
    check_notified(gather, pipeline, [rule.name for rule in rules])
    lost = frozenset(gather.lost)
    return (
        model.Definitions(pipeline, kpis, zones, calendars, simulations, files, lost, rules),
        _sorted(gather),
        files,
    )


def _sort(
    sources: Sequence[Source], found: dict[str, list[Converted]], gather: Gather
) -> tuple[set[str], bool]:
    """Each file under its kind. Returns the kinds of those that can't be built, `""` for an unknown one, and
    whether any of these is a guess."""
    broken: set[str] = set()
    guessed = False
    for source in sources:
        before = len(gather.found)
        one = dispatch(source, gather)
        if one is not None and one.converted is not None:
            found[one.kind].append(one.converted)
        elif any(problem.severity == "error" for problem in gather.found[before:]):
            broken.add(one.kind if one else "")
            guessed |= one is not None and not one.sure
    return broken, guessed


def _rules(
    found: Sequence[Converted], gather: Gather, broken: frozenset[str], others: model.Definitions
) -> tuple[Rule, ...]:
    wrong = frozenset(one.at.path for one in gather.found if one.severity == "error")
    world = World(
        others.pipeline,
        others.dimensions,
        others.zones,
        {kpi.name: kpi for kpi in others.kpis},
        {calendar.name: calendar for calendar in others.calendars},
        levels_of(found),
        wrong,
        broken,
    )
    written, made = build_rules(found, gather, world)
    unique(gather, "rule", [(rule.name, rule.at) for rule in written])
    check_relations(gather, written, made)
    return (*written, *made)


def _pipeline(
    folder: Path, found: Sequence[Converted], gather: Gather, unreadable: bool
) -> model.Pipeline | None:
    if not found:
        if not unreadable:
            hint = "add one that begins with: pipeline: <name>"
            gather.add(Span(shown(folder)), "pipeline/missing", "no file describes the pipeline", hint)
        return None
    built = [build_pipeline(one, gather) for one in found]
    for other in built[1:]:
        message = f"a folder has one pipeline; the first is in {built[0].at}"
        gather.add(other.at, "pipeline/several", message, "move this to its own folder")
        gather.lost.update(field.name for field in other.events.fields)
        gather.lost.update(level.name for level in other.levels)
    return built[0]


def _sorted(gather: Gather) -> tuple[Diagnostic, ...]:
    """The findings in the order of the files; of a file with very many, the first."""
    whole = sorted(set(gather.found), key=lambda one: (one.at, one.code, one.message))
    kept: list[Diagnostic] = []
    for _, group in itertools.groupby(whole, key=lambda one: one.at.path):
        found = list(group)
        kept += found[:_MOST]
        rest = found[_MOST:]
        if rest:
            severity: Severity = "error" if any(one.severity == "error" for one in rest) else "warning"
            message = f"{len(rest):,} more problems from here on"
            kept.append(Diagnostic(rest[0].at, "file/more", message, "mend the first ones", severity))
    return tuple(kept)
