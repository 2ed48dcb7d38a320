"""Records that can't be counted: why, in words an analyst can act on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from framework.definitions.model import EventField, Events

LIMIT = 1e15
REASONS = (
    "not_utf8",
    "not_json",
    "not_an_object",
    "missing_field",
    "wrong_type",
    "out_of_range",
    "not_one_of",
    "bad_time",
    "in_future",
    "too_late",
    "refused",
)


@dataclass(frozen=True)
class Bad:
    """A record that is not counted. `time` is the event's time where it could be read (microseconds)."""

    reason: str
    detail: str
    shard: str
    sequence: str
    payload: bytes
    time: int


def why(payload: bytes, events: Events) -> tuple[str, str]:
    """The reason and the detail of a record that the strict decoder refused.

    The event's time itself is checked by the caller, for all records alike.
    """
    try:
        payload.decode()
    except UnicodeDecodeError as error:
        return "not_utf8", f"byte {error.start} is not UTF-8"
    try:
        event = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, RecursionError) as error:
        return "not_json", str(error)
    if not isinstance(event, dict):
        return "not_an_object", f"expected a JSON object, got {_kind(event)}"
    for key in filter(None, (events.time, events.id)):
        if event.get(key) is None:
            return "missing_field", f"{key} is missing"
    for field in events.fields:
        found = _field(event.get(field.name), field)
        if found:
            return found
    if (events.id and not isinstance(event[events.id], str | int)) or isinstance(
        event.get(events.id or ""), bool
    ):
        return (
            "wrong_type",
            f"{events.id} should be text or a whole number, got {_kind(event[events.id or ''])}",
        )
    time = event[events.time]
    wanted = "text" if events.time_format == "iso" else "a number"
    return "bad_time", f"{events.time} should be {wanted}, got {_kind(time)}"


def _field(value: object, field: EventField) -> tuple[str, str] | None:
    if value is None:
        return None if field.optional else ("missing_field", f"{field.name} is missing")
    if not _fits(value, field.type):
        return "wrong_type", f"{field.name} should be {field.type}, got {_kind(value)}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        low = -math.inf if field.low is None else field.low
        high = math.inf if field.high is None else field.high
        if field.type == "float":
            low, high = max(low, -LIMIT), min(high, LIMIT)
        else:
            low, high = max(low, -(2**63)), min(high, 2**63 - 1)
        if not low <= value <= high:
            return "out_of_range", f"{field.name} is {value}, outside {low:g} to {high:g}"
    if field.one_of and value not in field.one_of:
        return "not_one_of", f"{field.name} is {str(value)[:80]!r}, not one of {', '.join(field.one_of)}"
    return None


def _fits(value: object, wanted: str) -> bool:
    if wanted == "string":
        return isinstance(value, str)
    if wanted == "bool":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) if wanted == "int" else isinstance(value, int | float)


def _kind(value: object) -> str:
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null")
