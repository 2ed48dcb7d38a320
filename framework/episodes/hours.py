"""When a rule judges: the shifts of a calendar, its holidays, and maintenance that mutes some keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from framework.definitions.model import Calendar
from framework.definitions.rule import During
from framework.detectors.base import Bools

_WEEK = 10_080  # minutes


def at_work(calendar: Calendar, during: During, time: int) -> bool:
    """Whether a moment (microseconds) lies in one of the shifts asked for. A shift that begins on a holiday
    is none, to its end past midnight; one that begins the day before goes on into it."""
    local = _local(calendar.timezone, time)
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    names = during.shifts or tuple(calendar.shifts)
    for name in names:
        for begin, end in calendar.shifts.get(name, ()):
            for passed in (minute - begin, minute - begin + _WEEK):
                if 0 <= passed < end - begin:
                    began = local.replace(tzinfo=None) - timedelta(minutes=passed)
                    if began.date().isoformat() not in calendar.holidays:
                        return True
    if calendar.shifts:
        return False
    return local.date().isoformat() not in calendar.holidays


def muted(calendars: tuple[Calendar, ...], keys: pl.DataFrame, start: int, end: int) -> Bools | None:
    """The keys under maintenance at any time of a window (microseconds); None where there is none."""
    found = None
    for calendar in calendars:
        for one in calendar.maintenance:
            if one.start < end and start < one.end:
                conditions = [
                    pl.col(name).cast(pl.String) == value
                    for name, value in one.at.items()
                    if name in keys.columns
                ]
                if len(conditions) < len(one.at):
                    continue  # it is about something that these keys do not have
                fits = np.ones(keys.height, dtype=bool)
                if conditions:
                    mask = keys.select(pl.all_horizontal(conditions).fill_null(False)).to_series()
                    fits = mask.to_numpy().astype(bool)
                found = fits if found is None else found | fits
    return found


@lru_cache(maxsize=4096)
def _local(timezone: str, time: int) -> datetime:
    return datetime.fromtimestamp(time // 1_000_000, UTC).astimezone(ZoneInfo(timezone))
