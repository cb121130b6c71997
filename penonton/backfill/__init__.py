"""backfill: figures of past days computed again from reports, compared, and written."""

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.figures import Figures
from audience.rules import ANYTHING
from ingest.identity import Identity
from penonton import storage
from penonton.backfill.evaluating import Found, by_fold, by_sql
from penonton.backfill.reading import Unreadable
from penonton.backfill.restating import restate
from penonton.day_starts import keep_day_starts
from penonton.settings import Settings
from sinks.chdb import ChdbEngine
from sinks.migrate import migrate
from sinks.store import Store

__all__ = ["COLUMNS", "Unreadable", "backfill"]

COLUMNS = (
    "day",
    "zone",
    "channel",
    "peak_viewers",
    "peak_at",
    "watch_seconds",
    "average_viewers",
    "reach",
    "sessions",
)


def backfill(
    settings: Settings,
    files: Sequence[Path],
    days: tuple[dt.date, dt.date] | None,
    engine: str,
    *,
    dry_run: bool,
) -> list[Mapping[str, object]]:
    """A row (COLUMNS) per day and channel of the first zone, computed by `engine` (fold or sql).

    `days`: the first and the last; None: all that were watched. The files are taken to hold all
    there is of these days. Writes figures and restatements unless `dry_run`. Raises Unreadable, and
    Retry or Stop as storage does; then nothing is written.
    """
    zone = ZoneInfo(settings.zones[0])
    rules, identify = settings.rules, Identity(settings.id_key)
    if engine == "fold":
        found = by_fold(files, zone, rules, identify)
    else:
        with ChdbEngine.temporary() as scratch:
            migrate(scratch)
            found = by_sql(scratch, files, zone, rules, identify)
    wanted = _wanted(found, days, zone, rules.day_starts)
    if not dry_run:
        storing = storage.engine(settings)
        try:
            migrate(storing)
            keep_day_starts(Store(storing), settings)
            reason = f"backfill of {len(files)} files, engine {engine}"
            restate(Store(storing), wanted, reason, time.time_ns() // 1_000_000)
        finally:
            storing.close()
    return list(_rows(wanted))


def _wanted(
    found: Found, days: tuple[dt.date, dt.date] | None, zone: ZoneInfo, starts: int
) -> Found:
    if days is None:
        return found
    first, last = days
    count = (last - first).days + 1
    asked = [Day(first + dt.timedelta(days=n), zone, starts) for n in range(count)]
    return {day: found.get(day, {ANYTHING: Figures.nobody(day)}) for day in asked}


def _rows(found: Found) -> Iterator[Mapping[str, object]]:
    for day, by_channel in sorted(found.items(), key=lambda item: item[0].date):
        for channel in sorted(by_channel, key=lambda name: (name != ANYTHING, name)):
            figures = by_channel[channel]
            yield {
                "day": day.date.isoformat(),
                "zone": day.zone.key,
                "channel": channel,
                "peak_viewers": figures.peak_viewers,
                "peak_at": None if figures.peak_at is None else _instant(figures.peak_at),
                "watch_seconds": figures.watch_seconds,
                "average_viewers": figures.average_viewers,
                "reach": figures.reach,
                "sessions": figures.sessions,
            }


def _instant(second: int) -> str:
    return dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
