"""A plan in words, and as JSON."""

from __future__ import annotations

from typing import Any

from framework.definitions.durations import shown
from framework.definitions.model import Window
from framework.episodes.watch import Watch, spelled
from framework.expressions import unparse
from framework.plan.nodes import Group, Plan


def explain(plan: Plan) -> str:
    """The plan as text: one scan, its zone maps, then each group-by with what it feeds."""
    events = plan.events
    lines = [
        f"pipeline {plan.name} (definitions {plan.digest})",
        "",
        f"1. read    records of every shard, in order; time from '{events.time}' ({events.time_format})",
        f"2. decode  {len(plan.columns)} of {len(events.fields)} fields: {', '.join(plan.columns) or 'none'}",
    ]
    if events.id:
        lines.append(f"3. dedupe  by '{events.id}' within {shown(events.dedupe)}")
    if plan.zones:
        entries = sum(len(zone.assignments) for zone in plan.zones)
        names = ", ".join(name for name, _ in plan.dimensions)
        lines.append(f"4. zones   {len(plan.zones)} maps, {entries} assignments set {names}")
    lines += [
        f"5. group   {len(plan.groups)} group-bys for {_outputs(plan)} KPI levels, one scan",
        f"6. close   windows {shown(events.disorder)} after their end",
        f"7. correct windows for {shown(events.correct_for)} more",
    ]
    if plan.watches:
        lines.append(f"8. judge   {len(plan.watches)} rules, {len(plan.clusters)} apart from one another")
    for group in plan.groups:
        lines += ["", *_group(group)]
    for cluster in plan.clusters:
        apart = ", ".join(cluster.fields) or "nothing: all keys together"
        lines += [
            "",
            f"rules, apart by {apart}",
            *(line for watch in cluster.watches for line in _watch(watch)),
        ]
    return "\n".join(lines)


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain values, for other programs. Durations in seconds."""
    return {
        "pipeline": plan.name,
        "namespace": plan.namespace,
        "definitions": plan.digest,
        "events": {
            "time": plan.events.time,
            "id": plan.events.id,
            "dedupe_s": plan.events.dedupe / 1e6,
            "disorder_s": plan.events.disorder / 1e6,
            "correct_for_s": plan.events.correct_for / 1e6,
            "columns": list(plan.columns),
        },
        "zones": [{"name": zone.name, "assignments": len(zone.assignments)} for zone in plan.zones],
        "dimensions": dict(plan.dimensions),
        "groups": [_group_json(group) for group in plan.groups],
        "rules": [_watch_json(watch) for watch in plan.watches],
    }


def _outputs(plan: Plan) -> int:
    return sum(len(group.outputs) for group in plan.groups)


def _group(group: Group) -> list[str]:
    lines = [f"{group.id}  every {shown(group.slice)} by {', '.join(group.fields) or 'everything'}"]
    lines += [f"      = {measure.text}" for measure in group.measures]
    for output in group.outputs:
        lines.append(
            f"      > {output.kpi} at {output.level}, {_window(output.window)}: {unparse(output.value)}"
        )
    return lines


def _watch(watch: Watch) -> list[str]:
    rule = watch.rule
    count = rule.fire.windows
    windows = "at once" if count == 1 else f"for {count} windows"
    fires = f"{rule.kpi} {rule.fire.when}, {windows}"
    lines = [
        f"      ! {watch.name} at {rule.level} ({rule.fire.severity}): {fires}",
        f"          {spelled(rule.detect)}",
    ]
    known = (
        ("counts", watch.members),
        ("still while", watch.parents),
        ("looks at", [p.name for p in watch.parts]),
    )
    return lines + [f"          {what} {', '.join(names)}" for what, names in known if names]


def _watch_json(watch: Watch) -> dict[str, Any]:
    rule = watch.rule
    return {
        "name": watch.name,
        "kpi": rule.kpi,
        "level": rule.level,
        "definition": watch.definition,
        "detect": spelled(rule.detect),
        "when": rule.fire.when,
        "for": rule.fire.windows,
        "severity": rule.fire.severity,
        "mode": rule.mode,
        "members": list(watch.members),
        "inhibited_by": list(watch.parents),
        "parts": [part.name for part in watch.parts],
    }


def _group_json(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "slice_s": group.slice / 1e6,
        "by": list(group.fields),
        "measures": [{"id": measure.id, "text": measure.text} for measure in group.measures],
        "outputs": [
            {
                "kpi": output.kpi,
                "level": output.level,
                "unit": output.unit,
                "window_s": output.window.size / 1e6,
                "every_s": output.window.every / 1e6,
                "measures": [measure.id for measure in output.measures],
                "value": unparse(output.value),
            }
            for output in group.outputs
        ],
    }


def _window(window: Window) -> str:
    if window.size == window.every:
        return f"windows of {shown(window.size)}"
    return f"windows of {shown(window.size)} every {shown(window.every)}"
