"""Local days from an hour of the clock to the same hour of the next date, whatever clocks do."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience.days import Day

ZONES = (
    "Asia/Jakarta",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # clocks changed at midnight
    "Asia/Beirut",  # the same, and back at midnight to 23:00
    "America/St_Johns",  # back at 00:01 to 23:01, until 2011
    "Africa/Cairo",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # a date was left out
    "Asia/Pyongyang",  # another offset: back at midnight, 2015; forth at 23:30, 2018
)


def day_of(date: str, zone: str, starts: int = 0) -> Day:
    return Day(dt.date.fromisoformat(date), ZoneInfo(zone), starts)


@pytest.mark.parametrize(
    ("date", "zone", "starts", "hours"),
    [
        ("2026-11-25", "Asia/Jakarta", 0, 24),
        ("2026-11-25", "Asia/Jakarta", 6, 24),
        ("2026-03-29", "Europe/Berlin", 0, 23),
        ("2026-03-29", "Europe/Berlin", 4, 24),
        ("2026-03-28", "Europe/Berlin", 4, 23),
        ("2026-10-25", "Europe/Berlin", 0, 25),
        ("2026-10-24", "Europe/Berlin", 4, 25),
        ("2018-11-04", "America/Sao_Paulo", 0, 23),  # 00:00 does not exist
        ("2018-02-17", "America/Sao_Paulo", 0, 25),  # 23:00 comes twice
        ("2018-02-17", "America/Sao_Paulo", 23, 25),  # begins at the first 23:00
        ("2018-02-16", "America/Sao_Paulo", 23, 24),
        ("2026-03-29", "Asia/Beirut", 0, 23),
        ("2026-10-24", "Asia/Beirut", 0, 25),
        ("2026-04-05", "Australia/Lord_Howe", 0, 24.5),
        ("2018-05-04", "Asia/Pyongyang", 0, 23.5),
        ("2011-12-29", "Pacific/Apia", 0, 24),
        ("2011-12-30", "Pacific/Apia", 0, 0),  # the day that was left out
        ("2011-12-31", "Pacific/Apia", 0, 24),
        ("2011-12-29", "Pacific/Apia", 6, 18),
        ("2011-12-30", "Pacific/Apia", 6, 6),
        ("2011-12-31", "Pacific/Apia", 6, 24),
    ],
)
def test_a_day_has_the_hours_its_zone_gave_it(
    date: str, zone: str, starts: int, hours: float
) -> None:
    assert len(day_of(date, zone, starts).seconds) == hours * 3600


@pytest.mark.parametrize(
    ("date", "zone", "starts", "first"),
    [
        ("2026-11-25", "Asia/Jakarta", 6, "2026-11-24T23:00:00Z"),
        # 02:00 is skipped: when it is skipped, and clocks show 03:00.
        ("2026-03-29", "Europe/Berlin", 2, "2026-03-29T01:00:00Z"),
        # 02:00 comes twice: the first time.
        ("2026-10-25", "Europe/Berlin", 2, "2026-10-25T00:00:00Z"),
        ("2018-11-04", "America/Sao_Paulo", 0, "2018-11-04T03:00:00Z"),
        # 00:00 comes twice, with a minute in between that belongs to two dates.
        ("2010-11-07", "America/St_Johns", 0, "2010-11-07T02:30:00Z"),
        # From 23:30 to 00:00: the first to show midnight or later shows just that.
        ("2018-05-05", "Asia/Pyongyang", 0, "2018-05-04T15:00:00Z"),
        # From 23:30 to 00:30: it begins in the middle of what is skipped.
        ("1919-03-31", "America/Toronto", 0, "1919-03-31T04:30:00Z"),
        ("2011-12-30", "Pacific/Apia", 0, "2011-12-30T10:00:00Z"),
        ("2011-12-30", "Pacific/Apia", 6, "2011-12-30T10:00:00Z"),
        ("2011-12-31", "Pacific/Apia", 0, "2011-12-30T10:00:00Z"),
    ],
)
def test_a_day_begins_when_clocks_first_show_its_hour_or_later(
    date: str, zone: str, starts: int, first: str
) -> None:
    day = day_of(date, zone, starts)
    assert dt.datetime.fromtimestamp(day.first, dt.UTC) == dt.datetime.fromisoformat(first)


@pytest.mark.parametrize("starts", [0, 6, 23])
def test_the_first_second_is_in_the_day_and_the_end_is_in_the_next(starts: int) -> None:
    day = day_of("2026-11-25", "Asia/Jakarta", starts)
    assert Day.of(day.first, day.zone, starts) == day
    assert Day.of(day.end - 1, day.zone, starts) == day
    assert Day.of(day.end, day.zone, starts) == day.next
    assert Day.of(day.first - 1, day.zone, starts).next == day


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    starts=st.integers(0, 23),
    at=st.integers(1_100_000_000, 2_000_000_000),
    near=st.integers(-7_200, 7_200),
)
def test_every_second_is_in_one_day_and_days_follow_each_other(
    zone: ZoneInfo, starts: int, at: int, near: int
) -> None:
    second = Day.of(at, zone, starts).first + near
    day = Day.of(second, zone, starts)
    assert second in day.seconds
    assert day.next.first == day.end
    shown = dt.datetime.fromtimestamp(day.first, zone).replace(tzinfo=None)
    before = dt.datetime.fromtimestamp(day.first - 1, zone).replace(tzinfo=None)
    begins = dt.datetime.combine(day.date, dt.time(starts))
    assert before < begins <= shown


def test_a_date_that_never_was_is_nobody_s_next() -> None:
    assert day_of("2011-12-29", "Pacific/Apia").next == day_of("2011-12-31", "Pacific/Apia")
