"""A calendar."""

from __future__ import annotations

from framework.definitions.kinds.common import NAMED, TEXTS
from framework.definitions.spec import Field, Items, Kind, Named, Object, Text

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
SHIFT = f"^{_DAY}(-{_DAY})? {_TIME}-({_TIME}|24:00)$"
_WHEN = Text(
    pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$",
    like="a day and time such as 2026-12-01 06:00",
)
_MAINTENANCE = Object(
    (
        Field("from", _WHEN, "when it begins, local time", required=True, example="2026-12-01 06:00"),
        Field("to", _WHEN, "when it ends, local time", required=True, example="2026-12-01 14:00"),
        Field(
            "at",
            Named(Text(), least=1),
            "where: event fields and zone dimensions with their values",
            default="everywhere",
            example="{site: North}",
        ),
        Field("note", Text(), "what is done"),
    )
)
CALENDAR = Kind(
    "calendar",
    "Shifts of the week, holidays and maintenance, in a time zone.",
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
            Field(
                "maintenance",
                Items(_MAINTENANCE),
                "stretches of time in which no rule opens an episode",
                example="[{from: 2026-12-01 06:00, to: 2026-12-01 14:00, at: {site: North}}]",
            ),
        )
    ),
    example="""\
calendar: plant
timezone: Europe/Berlin
shifts:
  early: mon-fri 06:00-14:00
  night: sun-thu 22:00-06:00
holidays: [2026-12-25, 2026-12-26]
maintenance:
  - {from: 2026-12-01 06:00, to: 2026-12-01 14:00, at: {site: North}, note: new belts}
""",
)
