"""Downloads of a period, new and in total, by store and app."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from dashboards.report.contents import Downloads, Figure, Name, Value
from dashboards.report.periods import Period, stretches
from penonton.downloads.days import AppDays, span
from penonton.report.comparing import compared
from sinks.downloads import AppDownloads

TOLD: Final[dict[Name, Callable[[AppDownloads], int | None]]] = {
    "new_downloads": lambda row: row.downloads,
    "redownloads": lambda row: row.redownloads,
    "updates": lambda row: row.updates,
}


def downloads(apps: Iterable[AppDays], period: Period, now: int) -> Iterator[Downloads]:
    """Of the apps that a store told of by the period's end; `now`: s since the epoch."""
    for each in apps:
        since = min(each.days)
        if since > period.last:
            continue
        today = dt.datetime.fromtimestamp(now, ZoneInfo(each.store.zone)).date()
        yield Downloads(
            store=each.store.key,
            app=each.app,
            zone=each.store.zone,
            since=since,
            missing=_missing(each, period.days, today),
            missing_total=_missing(each, span(since, period.last), today),
            figures=list(_figures(each, period)),
        )


def _figures(each: AppDays, period: Period) -> Iterator[Figure]:
    new, again, updates = (
        compared(name, _sum(each, name, period.days), _sum(each, name, period.before.days))
        for name in TOLD
    )
    yield new
    yield compared("total_downloads", _total(each, period), _total(each, period.before))
    yield again
    yield updates


def _total(each: AppDays, period: Period) -> Value:
    since = min(each.days)
    days = span(since, period.last) if since <= period.last else []
    return _sum(each, "new_downloads", days)


def _sum(each: AppDays, name: Name, days: Sequence[dt.date]) -> Value:
    told = [TOLD[name](each.days[day]) for day in days if day in each.days]
    known = [count for count in told if count is not None]
    return Value(sum(known) if known else None, len(known), len(days))


def _missing(each: AppDays, days: Sequence[dt.date], today: dt.date) -> list[Period]:
    """Those of the days that are over and not known."""
    unknown = (
        day
        for day in days
        if day < today and (day not in each.days or each.days[day].downloads is None)
    )
    return list(stretches(unknown))
