"""The pipeline's model."""

from __future__ import annotations

import keyword
import re
from typing import Any

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.build.notify import build_notify
from framework.definitions.convert import Converted
from framework.definitions.durations import moment
from framework.definitions.spec import NAME


def build_pipeline(converted: Converted, gather: Gather) -> model.Pipeline:
    """The model of a checked pipeline file."""
    value = converted.value
    return model.Pipeline(
        name=value["pipeline"],
        source=_source(converted, gather, value.get("source") or {}),
        events=_events(converted, gather),
        levels=tuple(
            _level(converted, gather, name, fields) for name, fields in (value.get("levels") or {}).items()
        ),
        sink=_sink(converted, gather, value.get("sink") or {}),
        namespace=((value.get("sink") or {}).get("elasticsearch") or {}).get("namespace", "default"),
        at=converted.key("pipeline"),
        notify=build_notify(converted, gather),
    )


def _source(
    converted: Converted, gather: Gather, value: dict[str, Any]
) -> model.KinesisSource | model.FileSource | None:
    if len(value) > 1:
        gather.add(
            converted.key("source"),
            "pipeline/several-sources",
            "a pipeline has one source",
            "keep kinesis or file",
        )
    if "kinesis" in value:
        start = value["kinesis"].get("start", "trim_horizon")
        if start not in ("trim_horizon", "latest"):
            try:
                moment(start)
            except (ValueError, OverflowError):
                gather.add(
                    converted.at("source", "kinesis", "start"),
                    "pipeline/bad-value",
                    f"'{start}' is no place to start",
                    "trim_horizon, latest, or an ISO 8601 time",
                )
        return model.KinesisSource(**value["kinesis"])
    return model.FileSource(value["file"]) if "file" in value else None


def _sink(
    converted: Converted, gather: Gather, value: dict[str, Any]
) -> model.ElasticsearchSink | model.FileSink | model.StoreSink | None:
    if len(value) > 1:
        gather.add(
            converted.key("sink"),
            "pipeline/several-sinks",
            "a pipeline has one sink",
            "keep elasticsearch, file or store",
        )
    if "elasticsearch" in value:
        return model.ElasticsearchSink(value["elasticsearch"]["url"])
    if "file" in value:
        return model.FileSink(value["file"])
    return model.StoreSink(value["store"]) if "store" in value else None


def _events(converted: Converted, gather: Gather) -> model.Events:
    value = converted.value["events"]
    if "dedupe" in value and "id" not in value:
        gather.add(
            converted.key("events", "dedupe"),
            "pipeline/dedupe-without-id",
            "without an id nothing can be deduplicated",
            "add: id: <the key of the event's id>",
        )
    minute = 60_000_000
    return model.Events(
        time=value["time"],
        time_format=value.get("time_format", "iso"),
        id=value.get("id"),
        dedupe=gather.duration(converted, "events", "dedupe", default=10 * minute),
        disorder=gather.duration(converted, "events", "disorder", default=minute // 2),
        correct_for=gather.duration(converted, "events", "correct_for", default=10 * minute),
        ahead=gather.duration(converted, "events", "ahead", default=5 * minute),
        fields=tuple(_field(converted, gather, name, body) for name, body in value["fields"].items()),
    )


def _field(converted: Converted, gather: Gather, name: str, body: dict[str, Any]) -> model.EventField:
    place = ("events", "fields", name)
    at = converted.key(*place)
    if not name.isidentifier():
        gather.add(
            at, "pipeline/field-name", f"'{name}' can't be used in formulas", "use letters, digits and _"
        )
    elif keyword.iskeyword(name):
        message = f"'{name}' is a word of the formulas' own: they can't use this field"
        gather.add(at, "pipeline/field-name", message, severity="warning")
    type_ = body["type"]
    low, high = body.get("range") or (None, None)
    if low is not None and type_ not in ("int", "float") and name not in gather.lost:
        message = f"a {type_} has no range"
        gather.add(
            converted.key(*place, "range"), "pipeline/range-of-text", message, "for texts there is one_of"
        )
        low = high = None
    if low is not None and high is not None and low > high:
        message = f"the range from {low} to {high} is empty"
        gather.add(converted.at(*place, "range"), "pipeline/empty-range", message, f"write [{high}, {low}]")
        gather.lost.add(name)
    if body.get("one_of") and type_ != "string":
        message = f"one_of is for texts, {name} is {type_}"
        gather.add(
            converted.key(*place, "one_of"), "pipeline/one-of-numbers", message, "for numbers there is range"
        )
    return model.EventField(
        name,
        type_,
        body.get("unit", ""),
        body.get("optional", False),
        low,
        high,
        tuple(body.get("one_of") or ()),
        at,
    )


def _level(converted: Converted, gather: Gather, name: str, fields: list[str]) -> model.Level:
    at = converted.key("levels", name)
    if not re.fullmatch(NAME, name):
        hint = "use letters, digits, _ and -, a letter first"
        gather.add(at, "pipeline/level-name", f"'{name}' is no name for a level", hint)
    places = tuple(converted.at("levels", name, place) for place in range(len(fields)))
    return model.Level(name, tuple(fields), at, places)
