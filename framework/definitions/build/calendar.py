"""The calendars' models."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from framework.definitions import model
from framework.definitions.build.gather import Gather
from framework.definitions.convert import Converted

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def build_calendar(converted: Converted, gather: Gather) -> model.Calendar:
    """The model of a checked calendar file. A shift is (start, end) in minutes since Monday midnight."""
    value = converted.value
    try:
        ZoneInfo(value["timezone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        gather.add(
            converted.at("timezone"),
            "calendar/unknown-timezone",
            f"no time zone '{value['timezone']}'",
            "an IANA name such as Europe/Berlin",
        )
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
    )


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
