"""A report out of what is stored."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.rules import ANYTHING
from dashboards.report.contents import Report
from dashboards.report.periods import Period
from penonton.downloads.days import AppDays, by_app
from penonton.report.audience import Stretch, audience, day_rows
from penonton.report.downloads import downloads
from sinks.store import Store, StoredDay


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which period, by days of which zone that begin at hour `starts`."""

    period: Period
    zone: ZoneInfo
    starts: int = 0

    def days(self, period: Period) -> Sequence[dt.date]:
        """The dates that have a second: a zone may have left one out."""
        return [date for date in period.days if Day(date, self.zone, self.starts).seconds]


def report(store: Store, asked: Asked, now: int) -> Report:
    """The report; `now`: s since the epoch. Raises Retry and Stop as storage does."""
    period = asked.period
    stored = store.days(asked.zone.key, period.before.first, period.last)
    heard = {
        each.day: store.receipts.heard(Day(each.day, asked.zone, asked.starts))
        for each in stored
        if each.channel == ANYTHING and each.day >= period.first
    }
    return composed(asked, stored, by_app(store.exports.newest()), now, heard)


def composed(
    asked: Asked,
    stored: Sequence[StoredDay],
    apps: Sequence[AppDays],
    now: int,
    heard: Mapping[dt.date, int | None],
) -> Report:
    """The same of these days, of the period and the one before, and these downloads.

    `heard`: at how many seconds of a day all partitions were heard; None: not known.
    """
    period, before = asked.period, asked.period.before
    ours = Stretch.of(asked.days(period), stored)
    theirs = Stretch.of(asked.days(before), stored)
    return Report(
        period=period,
        before=before,
        zone=asked.zone,
        starts=asked.starts,
        made=now,
        definitions=sorted({each.definition for each in stored if each.day >= period.first}),
        audience=audience(ours, theirs),
        downloads=list(downloads(apps, period, now)),
        days=day_rows(ours, Day.of(now, asked.zone, asked.starts).date, heard),
    )
