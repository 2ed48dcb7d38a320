"""Stretches of time as definitions write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

_UNITS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = _UNITS["d"]
SECOND = _UNITS["s"]
LONGEST = 3_660 * DAY


def microseconds(text: str) -> int:
    """A duration in microseconds.

    >>> microseconds("90s")
    90000000
    """
    found = re.match(r"(\d+)([a-z]+)\Z", text)
    if not found or found[2] not in _UNITS:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2]]


def moment(text: str) -> int:
    """An ISO 8601 day or time in microseconds since the epoch; UTC without an offset. Raises `ValueError`."""
    when = datetime.fromisoformat(text)
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return (when - _EPOCH) // timedelta(microseconds=1)


def local_moment(text: str, zone: tzinfo) -> int:
    """A local ISO 8601 day or time in microseconds since the epoch. Raises `ValueError`.

    Of the two that there are where clocks go back, the first.
    """
    return (datetime.fromisoformat(text).replace(tzinfo=zone) - _EPOCH) // timedelta(microseconds=1)


def shown(duration: int) -> str:
    """A duration as a definition would write it.

    >>> shown(90_000_000), shown(3_600_000_000)
    ('90s', '1h')
    """
    unit = next((name for name in ("d", "h", "m", "s") if duration and duration % _UNITS[name] == 0), "ms")
    return f"{duration // _UNITS[unit]}{unit}"
