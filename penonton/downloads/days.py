"""What is known of each app's days, out of the newest exports."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from penonton.downloads.exports import STORES, StoreName
from sinks.downloads import AppDownloads, ExportDay, Told, whole

COLUMNS: Final = ("store", "app", "day", "zone", "downloads", "redownloads", "updates")
DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AppDays:
    """An app's days that a store told, in order; the first is the first that names the app."""

    store: StoreName
    app: str
    days: Mapping[dt.date, AppDownloads]


def by_app(known: Mapping[ExportDay, Told]) -> list[AppDays]:
    """By store and app. An export of its account that does not name an app says that it had none.

    Countries are only added up on days of which there is no export undivided.
    """
    told: dict[tuple[str, str], dict[dt.date, dict[str, AppDownloads]]] = {}
    for each in sorted(known, key=lambda each: each.division == "none"):
        told.setdefault((each.store, each.account), {})[each.day] = whole(known[each].rows)
    found: dict[tuple[str, str], dict[dt.date, AppDownloads]] = {}
    for (store, _), days in told.items():
        for app in {app for apps in days.values() for app in apps} - {""}:
            ours = found.setdefault((store, app), {})
            for day, row in _since(days, app):
                ours[day] = whole([row, ours[day]])[app] if day in ours else row
    return [
        AppDays(STORES[store], app, dict(sorted(days.items())))
        for (store, app), days in sorted(found.items())
    ]


def _since(
    days: Mapping[dt.date, Mapping[str, AppDownloads]], app: str
) -> Iterator[tuple[dt.date, AppDownloads]]:
    first = min(day for day, apps in days.items() if app in apps)
    for day, apps in days.items():
        if day >= first:
            yield day, apps.get(app, AppDownloads(app, "", 0, 0, 0))


def rows(
    known: Iterable[AppDays], first: dt.date | None, last: dt.date | None
) -> Iterator[Mapping[str, object]]:
    """A row (COLUMNS) for each day from `first` to `last`; None: those that are known."""
    for each in known:
        for day in span(first or min(each.days), last or max(each.days)):
            row = each.days.get(day)
            yield {
                "store": each.store.key,
                "app": each.app,
                "day": day.isoformat(),
                "zone": each.store.zone,
                "downloads": row and row.downloads,
                "redownloads": row and row.redownloads,
                "updates": row and row.updates,
            }


def span(first: dt.date, last: dt.date) -> Sequence[dt.date]:
    """The days from `first` to `last`, both included."""
    return [first + n * DAY for n in range((last - first).days + 1)]
