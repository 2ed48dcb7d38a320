"""A folder of YAML to the model, or everything that is wrong with it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path

import yaml

from framework.definitions import model
from framework.definitions.build.calendar import build_calendar
from framework.definitions.build.gather import Gather
from framework.definitions.build.kpi import build_kpi
from framework.definitions.build.pipeline import build_pipeline
from framework.definitions.build.zones import build_zones
from framework.definitions.convert import Converted, convert
from framework.definitions.crosscheck import check_dimensions, check_levels, unique
from framework.definitions.diagnostics import Diagnostic, Span
from framework.definitions.kinds import KINDS
from framework.definitions.nodes import Source, compose
from framework.definitions.overlaps import check_overlaps
from framework.definitions.validate import validate

SUFFIXES = (".yaml", ".yml")


def load(folder: str | Path) -> tuple[model.Definitions | None, tuple[Diagnostic, ...], dict[str, str]]:
    """The definitions of a folder, its problems, and the text of each file by its shown path.

    The definitions are None when errors leave nothing to compute. Files may lie in folders of the
    folder; names that begin with a dot are passed over.
    """
    gather = Gather()
    sources = _sources(Path(folder), gather)
    files = {source.path: source.text for source in sources}
    found: dict[str, list[Converted]] = {name: [] for name in KINDS}
    for source in sources:
        converted = _converted(source, gather)
        if converted:
            found[converted[0]].append(converted[1])
    unreadable = any(one.severity == "error" for one in gather.found)
    pipeline = _pipeline(folder, found["pipeline"], gather, unreadable, bool(sources))
    if pipeline is None:
        return None, _sorted(gather), files
    zones = tuple(build_zones(one, gather, pipeline) for one in found["zones"])
    definitions = model.Definitions(pipeline, (), zones, (), (), files)
    dimensions = tuple(definitions.dimensions)
    # A map that could not be read may have set what now seems unknown: say only what is sure.
    check_levels(gather, pipeline, dimensions if not unreadable else _any_level(pipeline, dimensions))
    check_dimensions(gather, zones)
    check_overlaps(gather, zones)
    kpis = tuple(build_kpi(one, gather, pipeline, dimensions) for one in found["kpi"])
    calendars = tuple(build_calendar(one, gather) for one in found["calendar"])
    simulations = tuple(
        model.Simulation(one.value["simulation"], one.value, one.key("simulation"))
        for one in found["simulation"]
    )
    unique(gather, "kpi", [(kpi.name, kpi.at) for kpi in kpis])
    unique(gather, "calendar", [(calendar.name, calendar.at) for calendar in calendars])
    if not kpis and not found["kpi"] and not unreadable:
        gather.add(
            pipeline.at, "folder/no-kpi", "there is no KPI", "add a file such as: kpi: my_kpi", "warning"
        )
    whole = model.Definitions(pipeline, kpis, zones, calendars, simulations, files)
    return whole, _sorted(gather), files


def _sources(folder: Path, gather: Gather) -> list[Source]:
    shown = _shown(folder)
    if not folder.is_dir():
        message = "is a file: give the folder that it lies in" if folder.is_file() else "is not there"
        gather.add(
            Span(shown),
            "folder/missing",
            f"the folder {shown} {message}",
            "give a folder of definitions, or make one with: sortline init",
        )
        return []
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not paths:
        gather.add(
            Span(shown),
            "folder/empty",
            f"the folder {shown} has no definitions",
            "add .yaml files, or make some with: sortline init",
        )
    found = []
    for path in paths:
        try:
            found.append(Source(_shown(path), path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")))
        except UnicodeDecodeError as error:
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            gather.add(
                Span(_shown(path), line), "yaml/not-utf8", "this is no UTF-8 text", "save the file as UTF-8"
            )
        except OSError as error:
            gather.add(
                Span(_shown(path)),
                "yaml/unreadable",
                f"the file can't be read: {error.strerror}",
                "check its permissions",
            )
    return found


def _converted(source: Source, gather: Gather) -> tuple[str, Converted] | None:
    root, problems = compose(source)
    gather.found += problems
    if root is None:
        return None
    if not root.value:
        gather.add(
            Span(source.path),
            "yaml/empty",
            "the definition is empty",
            f"start with the kind: {', '.join(KINDS)}",
        )
        return None
    first = root.value[0][0]
    name = first.value
    if name == "rule":
        gather.add(
            source.span(first),
            "kind/not-yet",
            "rules are not evaluated by this version; the file is passed over",
            "",
            "warning",
        )
        return None
    if name not in KINDS:
        _unknown_kind(source, root, gather)
        return None
    kind = KINDS[name]
    converted = convert(source, root, kind.body)
    problems = validate(kind, converted)
    gather.found += problems
    return None if problems else (name, converted)


def _unknown_kind(source: Source, root: yaml.MappingNode, gather: Gather) -> None:
    first = root.value[0][0]
    other = next((key for key, _ in root.value if key.value in KINDS), None)
    close = difflib.get_close_matches(first.value, KINDS, n=1, cutoff=0.6)
    if other is not None:
        hint = f"put '{other.value}: ...' first: the first key tells the kind"
    else:
        hint = f"did you mean '{close[0]}'?" if close else f"the first key is one of: {', '.join(KINDS)}"
    gather.add(source.span(first), "kind/unknown", f"'{first.value}' is no kind of definition", hint)


def _pipeline(
    folder: str | Path, found: Sequence[Converted], gather: Gather, unreadable: bool, any_file: bool
) -> model.Pipeline | None:
    if not found:
        if any_file and not unreadable:
            gather.add(
                Span(_shown(Path(folder))),
                "pipeline/missing",
                "no file describes the pipeline",
                "add one that begins with: pipeline: <name>",
            )
        return None
    built = [build_pipeline(one, gather) for one in found]
    for other in built[1:]:
        gather.add(
            other.at,
            "pipeline/several",
            f"a folder has one pipeline; the first is in {built[0].at}",
            "move this to its own folder",
        )
    return built[0]


def _any_level(pipeline: model.Pipeline, dimensions: Sequence[str]) -> tuple[str, ...]:
    return (*dimensions, *(field for level in pipeline.levels for field in level.fields))


def _sorted(gather: Gather) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(gather.found), key=lambda one: (one.at, one.code, one.message)))


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
