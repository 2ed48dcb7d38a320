"""When a rule judges: shifts past midnight, holidays, and clocks that change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from framework.definitions.rule import During
from framework.episodes.hours import at_work
from tests.episodes.lives import calendar

DAY = 1440
# Monday is the first day; from ten in the evening to six.
NIGHT = tuple((day * DAY + 22 * 60, day * DAY + 30 * 60) for day in range(7))
EARLY = tuple((day * DAY + 6 * 60, day * DAY + 14 * 60) for day in range(7))


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-10-05 05:59", True),  # Monday, of Sunday's night
        ("2026-10-05 06:00", False),
        ("2026-10-05 21:59", False),
        ("2026-10-05 22:00", True),
        ("2026-12-25 03:00", True),  # of the night that began on the 24th
        ("2026-12-25 23:00", False),  # begins on a holiday
        ("2026-12-26 03:00", False),  # to its end past midnight
        ("2026-12-26 23:00", True),
        ("2026-03-29 05:30", True),  # clocks went forward at two
        ("2026-03-29 06:00", False),
        ("2026-10-25 02:30", True),  # clocks go back at three
        ("2026-10-25 06:00", False),
    ],
)
def test_night_shift(local, expected):
    zone = "Europe/Berlin"
    work = calendar(timezone=zone, shifts={"night": NIGHT, "early": EARLY}, holidays=("2026-12-25",))
    for fold in (0, 1):
        moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
        assert at_work(work, During("work", ("night",)), int(moment.timestamp()) * 1_000_000) is expected


def test_without_names_all_shifts_count_and_without_shifts_all_days_but_holidays():
    at = int(datetime.fromisoformat("2026-12-25T12:00:00+00:00").timestamp()) * 1_000_000
    day = 86_400_000_000
    plain = calendar(holidays=("2026-12-25",))
    assert [at_work(plain, During("work"), at + n * day) for n in (-1, 0, 1)] == [True, False, True]
    work = calendar(shifts={"night": NIGHT, "early": EARLY}, holidays=("2026-12-25",))
    assert [at_work(work, During("work"), at + n * day) for n in (-1, 0, 1)] == [True, False, True]
