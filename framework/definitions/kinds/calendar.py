"""A calendar."""

from __future__ import annotations

from framework.definitions.kinds.common import NAMED, TEXTS
from framework.definitions.spec import Field, Kind, Named, Object, Text

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
SHIFT = f"^{_DAY}(-{_DAY})? {_TIME}-({_TIME}|24:00)$"
CALENDAR = Kind(
    "calendar",
    "Shifts of the week and holidays, in a time zone.",
    Object(
        (
            Field("calendar", NAMED, "the calendar's name", required=True, example="plant"),
            Field("timezone", Text(), "an IANA time zone", required=True, example="Europe/Berlin"),
            Field(
                "shifts",
                Named(Text(pattern=SHIFT, like="days and times such as mon-fri 06:00-14:00")),
                "the shifts by name",
                example="{early: mon-fri 06:00-14:00}",
            ),
            Field("holidays", TEXTS, "days without shifts", example="[2026-12-25]"),
        )
    ),
    example="""\
calendar: plant
timezone: Europe/Berlin
shifts:
  early: mon-fri 06:00-14:00
  night: sun-thu 22:00-06:00
holidays: [2026-12-25, 2026-12-26]
""",
)
