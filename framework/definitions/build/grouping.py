"""What a KPI is computed for: its `by`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted
from framework.definitions.diagnostics import Span


def groupings(
    converted: Converted, gather: Gather, pipeline: model.Pipeline, dimensions: Mapping[str, model.FieldType]
) -> tuple[model.Grouping, ...]:
    """The levels and combinations of a KPI, those that can be told."""
    types = {**dimensions, **{field.name: field.type for field in pipeline.events.fields}}
    levels = {level.name: level for level in pipeline.levels}
    found: dict[str, model.Grouping] = {}
    for place, item in enumerate(converted.value["by"]):
        at = converted.at("by", place)
        if isinstance(item, str):
            grouping = _level(gather, item, levels, types, at)
        else:
            spans = [converted.at("by", place, inner) for inner in range(len(item))]
            grouping = _combination(gather, item, levels, types, spans, at)
        if grouping is None:
            continue
        if grouping.name in found:
            gather.add(at, "kpi/twice-by", f"'{grouping.name}' is here twice", "remove one")
        found[grouping.name] = grouping
    return tuple(found.values())


def _level(
    gather: Gather,
    name: str,
    levels: Mapping[str, model.Level],
    types: Mapping[str, model.FieldType],
    at: Span,
) -> model.Grouping | None:
    if name in levels:
        return model.Grouping(name, levels[name].fields, True, at)
    if name in types:
        hint = f"write [{name}] for the combination, or add a level in the pipeline"
        gather.add(at, "kpi/unknown-level", f"'{name}' is a field, not a level", hint)
    else:
        gather.unknown(at, "kpi/unknown-level", "level", name, levels)
    return None


def _combination(
    gather: Gather,
    names: Sequence[str],
    levels: Mapping[str, model.Level],
    types: Mapping[str, model.FieldType],
    spans: Sequence[Span],
    at: Span,
) -> model.Grouping | None:
    chosen: dict[str, None] = {}
    good = True
    for place, (name, span) in enumerate(zip(names, spans, strict=True)):
        if name in names[:place]:
            gather.add(span, "kpi/twice-by", f"'{name}' is here twice", "remove one")
        elif name in levels:
            chosen.update(dict.fromkeys(levels[name].fields))
        elif types.get(name) == "float" and name not in gather.lost:
            message = f"'{name}' is a measured number: nearly every event would be a group of its own"
            gather.add(span, "kpi/by-number", message, "group by a text, a whole number or true and false")
        elif name in types:
            chosen[name] = None
        else:
            what = "level, field or zone dimension"
            gather.unknown(span, "kpi/unknown-field", what, name, (*levels, *types))
            good = False
    return model.Grouping("+".join(names), tuple(chosen), False, at) if good else None
