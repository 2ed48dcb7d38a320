"""The calendars' models."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted
from framework.definitions.durations import local_moment
from framework.definitions.names import did_you_mean, nearest

Known = Collection[str] | None
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def build_calendar(converted: Converted, gather: Gather, fields: Mapping[str, Known]) -> model.Calendar:
    """The model of a checked calendar file.

    `fields` are what maintenance may name, event fields and dimensions, each with the values that it has, or
    None where any may come.
    """
    value = converted.value
    name = value["timezone"]
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        at = converted.at("timezone")
        gather.add(at, "calendar/unknown-timezone", f"no time zone '{name}'", timezone_hint(name))
        zone = ZoneInfo("UTC")
    for place, day in enumerate(value.get("holidays") or ()):
        try:
            date.fromisoformat(day)
        except ValueError:
            gather.add(
                converted.at("holidays", place),
                "calendar/bad-date",
                f"'{day}' is no day",
                "write a day such as 2026-12-25",
            )
    return model.Calendar(
        value["calendar"],
        value["timezone"],
        {name: _shift(text) for name, text in (value.get("shifts") or {}).items()},
        tuple(value.get("holidays") or ()),
        converted.key("calendar"),
        _maintenance(converted, gather, zone, fields),
    )


def _maintenance(
    converted: Converted, gather: Gather, zone: ZoneInfo, fields: Mapping[str, Known]
) -> tuple[model.Maintenance, ...]:
    found = []
    for place, body in enumerate(converted.value.get("maintenance") or ()):
        path = ("maintenance", place)
        for name, value in (body.get("at") or {}).items():
            known = fields.get(name)
            if name not in fields:
                at, what = converted.key(*path, "at", name), "event field or zone dimension"
                gather.unknown(at, "calendar/unknown-field", what, name, fields)
            elif known is not None and value not in known and name not in gather.lost:
                at, message = converted.at(*path, "at", name), f"'{name}' is never '{value}'"
                hint = did_you_mean(value, known)
                gather.add(at, "calendar/never", f"{message}: nothing is muted", hint, "warning")
        start, end = (_moment(converted, gather, zone, *path, side) for side in ("from", "to"))
        if start is None or end is None:
            continue
        if start >= end:
            message = f"it ends at {body['to']}, not after it begins"
            gather.add(
                converted.at(*path, "to"), "calendar/empty-maintenance", message, "swap `from` and `to`"
            )
            continue
        at = converted.at(*path, "at")
        found.append(model.Maintenance(start, end, dict(body.get("at") or {}), body.get("note", ""), at))
    return tuple(found)


def _moment(converted: Converted, gather: Gather, zone: ZoneInfo, *path: str | int) -> int | None:
    text = converted.value_at(path)
    try:
        return local_moment(text, zone)
    except (ValueError, OverflowError):
        hint = "write a day and time such as 2026-12-01 06:00"
        gather.add(converted.at(*path), "calendar/bad-date", f"'{text}' is no moment", hint)
        return None


def _shift(text: str) -> tuple[tuple[int, int], ...]:
    days, times = text.split(" ")
    first, _, last = days.partition("-")
    begin, end = (int(time[:2]) * 60 + int(time[3:]) for time in times.split("-"))
    length = (end - begin) % 1440 or 1440
    low, high = _DAYS.index(first), _DAYS.index(last or first)
    count = (high - low) % 7 + 1
    return tuple(
        ((low + day) % 7 * 1440 + begin, (low + day) % 7 * 1440 + begin + length) for day in range(count)
    )


def timezone_hint(name: str) -> str:
    """What to say of a time zone that is none."""
    known = {zone.lower(): zone for zone in sorted(available_timezones())}
    close = next((zone for key, zone in known.items() if key.endswith("/" + name.lower())), None)
    close = close or nearest(name, known.values())
    return f"did you mean '{close}'?" if close else "an IANA name such as Europe/Berlin"
