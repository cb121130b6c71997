"""What the commands answer."""

import contextlib
import datetime as dt
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.programmes import Programme
from dashboards.web.calendar import Counted
from penonton.output import Row
from penonton.programmes.counting import counted
from penonton.programmes.files import read
from penonton.programmes.importing import put
from penonton.programmes.reading import Reading
from penonton.settings import Settings
from penonton.storage import engine
from penonton.web import say
from sinks.migrate import migrate
from sinks.store import Store

TOLD: Final = 20  # overlaps told one by one


def imported(
    settings: Settings, files: Sequence[Path], reading: Reading, source: str | None
) -> Iterator[Row]:
    """What each import did; all files are read before the first is imported.

    Raises Unreadable, and Retry and Stop as storage does.
    """
    found = [(source or file.name, read(file, reading, source or file.name)) for file in files]
    with _calendar(settings) as store:
        for name, programmes in found:
            outcome = put(store, name, programmes, time.time_ns() // 1_000_000)
            for one, other in outcome.overlapping[:TOLD]:
                say(f"overlapping on {one.channel}: {_words(one)} and {_words(other)}")
            if more := outcome.overlapping[TOLD:]:
                say(f"overlapping: {len(more)} more")
            yield {
                "source": name,
                "added": outcome.added,
                "changed": outcome.changed,
                "removed": outcome.removed,
                "same": outcome.same,
                "overlapping": len(outcome.overlapping),
            }


def listed(settings: Settings, days: tuple[Day, Day], channel: str) -> list[Row]:
    """What is on from the first of the days to the last, told by their zone's clock."""
    first, last = days
    with _calendar(settings) as store:
        found = store.programmes(first.first, last.end, channel)
    return [_said(each, first.zone) for each in found]


def figures(settings: Settings, days: tuple[Day, Day], channel: str) -> Iterator[Row]:
    """The same with the figures of each that begins in these days."""
    first, last = days
    with _calendar(settings) as store:
        found = store.programmes(first.first, last.end, channel)
        begin = [each for each in found if each.start >= first.first]
        for each in counted(store, begin, settings.rules, int(time.time())):
            yield _said(each.programme, first.zone) | _figures(each, first.zone)


@contextlib.contextmanager
def _calendar(settings: Settings) -> Iterator[Store]:
    with contextlib.closing(engine(settings)) as opened:
        migrate(opened)
        yield Store(opened)


def _said(programme: Programme, zone: ZoneInfo) -> dict[str, object]:
    return {
        "channel": programme.channel,
        "start": _local(programme.start, zone),
        "end": _local(programme.end, zone),
        "title": programme.title,
        "special": programme.special,
        "source": programme.source,
    }


def _figures(counted: Counted, zone: ZoneInfo) -> dict[str, object]:
    figures = counted.figures
    names = ("average_viewers", "peak_viewers", "watch_seconds", "reach", "sessions")
    return {name: figures and getattr(figures, name) for name in names} | {
        "peak_at": _local(figures.peak_at, zone) if figures and figures.peak_at else None,
        "status": counted.status,
        "until": counted.until and _local(counted.until, zone),
    }


def _words(programme: Programme) -> str:
    start, end = (dt.datetime.fromtimestamp(at, dt.UTC) for at in (programme.start, programme.end))
    return f"{programme.title!r} ({start:%Y-%m-%d %H:%M} to {end:%H:%M} UTC, {programme.source})"


def _local(second: int, zone: ZoneInfo) -> str:
    return dt.datetime.fromtimestamp(second, zone).isoformat()
