"""The buckets of a day or a week, by the local clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

DAY = 86_400_000_000
_SECOND = 1_000_000
_SUNDAY = 6


@dataclass(frozen=True)
class Buckets:
    """A `period` (day or week) cut into buckets of `size` microseconds, which divides a day.

    A bucket comes once a period. Each time that it comes is a *turn*: turns are numbered on the local
    clock, so an hour that the clock goes through twice is one turn. `holidays` (ISO dates) are Sundays.
    """

    period: str
    size: int
    timezone: str = "UTC"
    holidays: tuple[str, ...] = ()

    def turn(self, time: int) -> int:
        """The turn to which a time (microseconds) belongs."""
        local = datetime.fromtimestamp(time // _SECOND, ZoneInfo(self.timezone))
        seconds = (local.hour * 60 + local.minute) * 60 + local.second
        return local.toordinal() * self._a_day + seconds * _SECOND // self.size

    def bucket(self, turn: int) -> int:
        """The bucket of a turn, from 0.

        >>> hours = Buckets("week", 3_600_000_000, "Europe/Berlin", ("2026-12-25",))
        >>> friday = hours.turn(1_798_182_000_000_000)  # 2026-12-25 07:00 UTC
        >>> divmod(hours.bucket(friday), 24), divmod(hours.bucket(friday + 24), 24)
        ((6, 8), (5, 8))
        """
        day, place = divmod(turn, self._a_day)
        if self.period == "day":
            return place
        weekday = date.fromordinal(day)
        sunday = weekday.isoformat() in self.holidays
        return (_SUNDAY if sunday else weekday.weekday()) * self._a_day + place

    @property
    def _a_day(self) -> int:
        return max(DAY // self.size, 1)
