"""Local days from 00:00 to 00:00, whatever the clocks do."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from audience.days import Day


@pytest.mark.parametrize(
    ("date", "zone", "hours"),
    [
        ("2026-11-25", "Asia/Jakarta", 24),
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2018-11-04", "America/Sao_Paulo", 23),  # 00:00 does not exist
        ("2018-02-17", "America/Sao_Paulo", 25),  # 23:00 comes twice
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2011-12-30", "Pacific/Apia", 0),  # the day that was left out
    ],
)
def test_a_day_has_the_hours_its_zone_gave_it(date: str, zone: str, hours: float) -> None:
    day = Day(dt.date.fromisoformat(date), ZoneInfo(zone))
    assert len(day.seconds) == hours * 3600


def test_the_first_second_is_in_the_day_and_the_end_is_in_the_next() -> None:
    day = Day(dt.date(2026, 11, 25), ZoneInfo("Asia/Jakarta"))
    assert Day.of(day.first, day.zone) == day
    assert Day.of(day.end - 1, day.zone) == day
    assert Day.of(day.end, day.zone) == day.next
    assert Day.of(day.first - 1, day.zone).next == day
