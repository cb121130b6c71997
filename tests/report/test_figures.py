"""What a report's figures are of: settled days, all of them named, none taken for zero."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience.days import Day
from audience.figures import Figures
from dashboards.report.contents import Figure, Name, Report
from dashboards.report.notes import notes
from dashboards.report.periods import Period, stretches
from dashboards.report.phrases import Language
from dashboards.report.speaking import Speaking
from penonton.downloads.days import AppDays
from penonton.downloads.exports import APP_STORE
from penonton.report.composing import Asked, composed, report
from penonton.report.rows import rows
from sinks.downloads import AppDownloads
from sinks.engine import Engine
from sinks.rows import Status
from sinks.store import Store, StoredDay

JAKARTA, BERLIN, APIA = map(ZoneInfo, ("Asia/Jakarta", "Europe/Berlin", "Pacific/Apia"))
NOW = int(dt.datetime(2027, 6, 1, tzinfo=dt.UTC).timestamp())


def day(
    date: dt.date,
    reach: int,
    channel: str = "*",
    status: Status = "final",
    zone: ZoneInfo = JAKARTA,
) -> StoredDay:
    """Each device watched an hour, and half of them together at noon."""
    of = Day(date, zone)
    peak_at = of.first + 43_200 if reach else None
    figures = Figures(len(of.seconds), reach // 2, peak_at, 3600 * reach, reach, reach)
    return StoredDay(date, channel, figures, status, 1)


def days(period: Period, reach: int, zone: ZoneInfo = JAKARTA) -> list[StoredDay]:
    return [day(date, reach, zone=zone) for date in period.days]


def reported(
    period: Period,
    stored: Iterable[StoredDay],
    apps: Iterable[AppDays] = (),
    zone: ZoneInfo = JAKARTA,
    now: int = NOW,
) -> Report:
    return composed(Asked(period, zone), list(stored), list(apps), now, {})


def figures(of: Report, channel: str = "*") -> dict[str, Figure]:
    (found,) = [each for each in of.audience if each.channel == channel]
    return {figure.name: figure for figure in found.figures}


def said(of: Report) -> str:
    return "\n".join(notes(of, Speaking(Language.en, of.zone)))


@pytest.mark.parametrize(
    ("month", "length", "before"),
    [("2026-02", 28, 31), ("2024-02", 29, 31), ("2024-03", 31, 29), ("2027-01", 31, 31)],
)
def test_a_month_is_as_long_as_its_calendar_says_and_so_is_the_one_before(
    month: str, length: int, before: int
) -> None:
    period = Period.of_month(month)
    made = reported(period, days(period, 10) + days(period.before, 5))
    assert (len(period.days), len(period.before.days)) == (length, before)
    reach = figures(made)["average_reach"]
    assert (reach.now.value, reach.now.known, reach.now.days) == (10, length, length)
    assert (reach.before.value, reach.before.known, reach.before.days) == (5, before, before)
    assert reach.change == 1
    assert figures(made)["watch_hours"].now.value == 10 * length


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 399))
def test_before_days_are_as_many_days_that_end_where_they_begin(first: dt.date, more: int) -> None:
    period = Period.between(first, first + dt.timedelta(days=more))
    before = period.before
    assert len(before.days) == len(period.days)
    assert before.last + dt.timedelta(days=1) == period.first


@given(st.sets(st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 1))))
def test_stretches_are_the_same_days(some: set[dt.date]) -> None:
    assert [date for run in stretches(sorted(some)) for date in run.days] == sorted(some)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-1", "26-01", "2026-00", "", "2026-01-01", "0001-01", "9999-12"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"month|does not lie between"):
        Period.of_month(text)


@pytest.mark.parametrize(("month", "hours"), [("2026-03", 743), ("2026-10", 745)])
def test_the_average_second_is_one_of_a_month_with_a_change_of_clocks(
    month: str, hours: int
) -> None:
    period = Period.of_month(month)
    made = reported(period, days(period, 24, BERLIN), zone=BERLIN)
    average = figures(made)["average_viewers"].now.value
    assert average == pytest.approx(24 * 31 / hours)


def test_a_date_that_a_zone_left_out_is_no_day_that_is_missing() -> None:
    period = Period.of_month("2011-12")
    stored = [day(date, 3, zone=APIA) for date in period.days if date != dt.date(2011, 12, 30)]
    made = reported(period, stored, zone=APIA)
    assert figures(made)["average_reach"].now.days == 30
    assert "All 30 days of the period are final" in said(made)


def test_the_highest_days_are_named_and_the_first_of_equals_is_one() -> None:
    period = Period.of_month("2026-09")
    stored = [day(date, 40 if date.day in (7, 19) else 6) for date in period.days]
    found = figures(reported(period, stored))
    reach, peak = found["highest_reach"].now, found["highest_peak_viewers"].now
    assert (reach.value, reach.day, reach.at) == (40, dt.date(2026, 9, 7), None)
    assert (peak.value, peak.day) == (20, dt.date(2026, 9, 7))
    assert peak.at == Day(dt.date(2026, 9, 7), JAKARTA).first + 43_200


def test_days_that_are_missing_provisional_or_to_come_are_said_and_not_averaged() -> None:
    period = Period.of_month("2026-11")
    stored = [day(date, 10) for date in period.days[:23] if date.day != 3]
    stored += [day(period.days[23], 999, status="provisional")]
    now = int(dt.datetime(2026, 11, 25, 12, tzinfo=JAKARTA).timestamp())
    made = reported(period, stored, now=now)
    reach = figures(made)["average_reach"].now
    assert (reach.value, reach.known, reach.days) == (10, 22, 30)
    assert figures(made)["highest_reach"].now.value == 10
    assert [row.status for row in made.days] == (
        ["final"] * 2 + ["missing"] + ["final"] * 20 + ["provisional"] + ["coming"] * 6
    )
    assert "Audience figures are of 22 of 30 days" in said(made)
    assert "Provisional: Tue, 24 Nov." in said(made)
    assert "Missing: Tue, 3 Nov." in said(made)
    assert "Still to come: Wed, 25 Nov, Thu, 26 Nov" in said(made)


def test_a_sum_or_a_highest_day_is_only_compared_where_both_periods_are_complete() -> None:
    period = Period.of_month("2026-09")
    whole = days(period, 10)
    partly = figures(reported(period, whole + days(period.before, 5)[1:]))
    assert partly["average_reach"].change == 1
    names: tuple[Name, ...] = ("watch_hours", "highest_reach", "highest_peak_viewers")
    assert [partly[name].change for name in names] == [None] * 3
    complete = figures(reported(period, whole + days(period.before, 5)))
    assert complete["watch_hours"].change == pytest.approx(300 / 155 - 1)
    assert [complete[name].change for name in names[1:]] == [1, 1.5]


def test_of_an_empty_month_nothing_is_known_and_nothing_is_zero() -> None:
    made = reported(Period.of_month("2026-09"), [])
    assert {each.now.value for each in figures(made).values()} == {None}
    assert {(each.now.known, each.now.days) for each in figures(made).values()} == {(0, 30)}
    assert made.definitions == []
    assert "Audience figures are of 0 of 30 days" in said(made)


def test_days_that_nobody_watched_are_zero_and_have_no_highest_day() -> None:
    period = Period.of_month("2026-09")
    found = figures(reported(period, days(period, 0)))
    assert {each.now.value for each in found.values()} == {0}
    assert {each.now.day for each in found.values()} == {None}


def test_against_a_period_of_which_nothing_is_known_nothing_is_said() -> None:
    period = Period.of_month("2026-09")
    found = figures(reported(period, days(period, 10)))
    assert {(each.before.value, each.change) for each in found.values()} == {(None, None)}


def test_nobody_watched_a_channel_on_the_days_that_know_only_others() -> None:
    period = Period.between(dt.date(2026, 9, 1), dt.date(2026, 9, 4))
    stored = [*days(period, 100), day(period.days[3], 40, "tv"), day(period.days[3], 90, "*tv")]
    made = reported(period, stored)
    reach = figures(made, "tv")["average_reach"].now
    assert (reach.value, reach.known) == (10, 4), "three days of nobody"
    kind = figures(made, "*tv")["average_reach"].now
    assert (kind.value, kind.known) == (90, 1), "kinds may have been named later"
    assert [each.channel for each in made.audience] == ["*", "*tv", "tv"]
    assert [each.watched for each in made.audience] == [4, 1, 1]


def test_days_of_which_not_every_second_was_heard_are_said() -> None:
    period = Period.between(dt.date(2026, 9, 1), dt.date(2026, 9, 2))
    heard = {period.first: 86_399, period.last: 86_400}
    made = composed(Asked(period, JAKARTA), days(period, 3), [], NOW, heard)
    assert "Counted in, although not everything was heard all day: Tue, 1 Sep (99.9%)" in said(made)
    assert "Wed, 2 Sep" not in said(made)


def test_downloads_are_new_in_the_period_and_in_total_since_the_first_day_known() -> None:
    period = Period.of_month("2026-09")
    told = {
        date: AppDownloads("1", "", 10, 2, None)
        for date in (*period.before.days, *period.days)
        if date not in (dt.date(2026, 8, 31), dt.date(2026, 9, 3), dt.date(2026, 9, 4))
    }
    told[dt.date(2026, 9, 9)] = AppDownloads("1", "", None, None, None)
    made = reported(period, [], [AppDays(APP_STORE, "1", told)])
    (app,) = made.downloads
    found = {figure.name: figure.now for figure in app.figures}
    assert (found["new_downloads"].value, found["new_downloads"].known) == (270, 27)
    assert (found["total_downloads"].value, found["total_downloads"].known) == (570, 57)
    assert found["total_downloads"].days == 61
    assert (found["redownloads"].value, found["updates"].value) == (54, None)
    assert app.since == dt.date(2026, 8, 1)
    assert "not known in the total: 31 August 2026; 3 September 2026 - 4 September" in said(made)
    assert [each.name for each in app.told] == ["new_downloads", "total_downloads", "redownloads"]


def test_an_app_first_known_after_the_period_is_none_of_its_apps() -> None:
    app = AppDays(APP_STORE, "1", {dt.date(2026, 10, 1): AppDownloads("1", "", 1, 0, 0)})
    assert reported(Period.of_month("2026-09"), [], [app]).downloads == []
    (later,) = reported(Period.of_month("2026-10"), [], [app]).downloads
    assert [each.before.value for each in later.figures] == [None] * 4


def test_no_row_adds_reach_over_days_or_channels() -> None:
    period = Period.of_month("2026-09")
    stored = days(period, 10) + [day(date, 10, name) for date in period.days for name in "ab"]
    found = list(rows(reported(period, stored)))
    reaches = [row["value"] for row in found if "reach" in str(row["figure"])]
    assert reaches == [10] * 6


def test_a_report_is_of_what_is_stored(engine: Engine) -> None:
    store = Store(engine)
    period = Period.between(dt.date(2030, 9, 1), dt.date(2030, 9, 2))
    for each in days(period, 7) + days(period.before, 4):
        store.put_days(JAKARTA.key, each.day, {"*": each.figures}, "final", 1)
    made = report(store, Asked(period, JAKARTA), NOW)
    reach = figures(made)["average_reach"]
    assert (reach.now.value, reach.before.value, made.definitions) == (7, 4, [1])
    assert [row.heard for row in made.days] == [None, None]
