"""One backfill: zone by zone and day by day, computed, compared, written and said."""

import contextlib
import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.figures import Figures
from audience.rules import ANYTHING, DEFINITION
from penonton import storage
from penonton.backfill.adding import Sum
from penonton.backfill.counting import EVER, count, touched
from penonton.backfill.evaluating import PART, evaluate
from penonton.backfill.progress import Progress
from penonton.backfill.reading import Unreadable, loaded
from penonton.backfill.restating import FROM_FILES, difference, stands, told, why, write
from penonton.backfill.resuming import Resuming
from penonton.day_starts import keep_day_starts
from penonton.id_key import identity
from penonton.settings import Settings
from sinks.migrate import migrate
from sinks.raw import Moments, RawReports
from sinks.rows import Reason
from sinks.store import Store, StoredDay

__all__ = ["COLUMNS", "Asked", "Unreadable", "backfill"]

LONGEST_NOTE: Final = 500  # characters of the names of files, where nothing else is said
COLUMNS: Final = (
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be computed: the days of `dates` (first and last; None: all with a report).

    `files`: where the reports are, all there is of these days; none: the storage's own. `engine`:
    fold or sql. `note`: what someone has to say about what changes; without it the files are named.
    """

    files: Sequence[Path]
    dates: tuple[dt.date, dt.date] | None
    engine: str
    dry_run: bool = False
    note: str = ""


@dataclass(slots=True)
class Answer:
    """`rows` (COLUMNS), and whether all days could be computed."""

    rows: list[Mapping[str, object]]
    whole: bool = True


def backfill(settings: Settings, asked: Asked) -> Answer:
    """A row per day and channel, of every zone; written as far as it differs, unless `dry_run`.

    Raises Unreadable, and Retry or Stop as storage does; what was written till then is right, and
    the same call goes on behind it.
    """
    with contextlib.ExitStack() as stack:
        progress = stack.enter_context(Progress())
        store, raw = _opened(settings, asked, progress, stack)
        return _Backfill(settings, asked, store, raw, progress).run()


def _opened(
    settings: Settings, asked: Asked, progress: Progress, stack: contextlib.ExitStack
) -> tuple[Store | None, RawReports]:
    """What stands, None where nothing does, and the reports."""
    if not asked.files:
        if not storage.exists(settings):
            message = (
                f"{settings.data}: nothing is stored there; name files of reports, or the data"
            )
            raise Unreadable(message)
        engine = stack.enter_context(contextlib.closing(storage.engine(settings)))
        if not asked.dry_run:
            migrate(engine)
            keep_day_starts(Store(engine), settings)
        return Store(engine), RawReports(engine)
    # Before anything is opened: what is wrong with a file is said first, and leaves no trace.
    raw = stack.enter_context(loaded(asked.files, identity(settings), progress))
    if asked.dry_run and not storage.exists(settings):
        return None, raw
    engine = stack.enter_context(storage.beside_another(settings))
    if not asked.dry_run:
        migrate(engine)
        keep_day_starts(Store(engine), settings)
    return Store(engine), raw


class _Backfill:
    """One call."""

    def __init__(
        self,
        settings: Settings,
        asked: Asked,
        store: Store | None,
        raw: RawReports,
        progress: Progress,
    ) -> None:
        self._asked = asked
        self._store = store
        self._raw = raw
        self._progress = progress
        self._zones = [ZoneInfo(zone) for zone in settings.zones]
        self._rules = settings.rules
        self._note = asked.note or ", ".join(path.name for path in asked.files)[:LONGEST_NOTE]
        self._answer = Answer([])

    def run(self) -> Answer:
        """All zones and days, in order."""
        moments = self._moments()
        longest = max(self._rules.max_interval, moments.longest)
        self._rules = replace(self._rules, max_interval=longest)
        by_zone = {zone: self._days(moments, zone) for zone in self._zones}
        total = sum(count(moments, day) for days in by_zone.values() for day in days)
        self._progress.begin("computing", total)
        for zone, days in by_zone.items():
            store = None if self._asked.dry_run else self._store
            resuming = Resuming(store, self._identity(), zone.key, time.time())
            for day in days:
                figures = self._known(day) if resuming.is_done(day) else self._day(day, moments)
                if self._asked.dates or _watched(figures):
                    self._answer.rows += _rows(day, figures)
                resuming.done(day)
            resuming.over()
        return self._answer

    def _moments(self) -> Moments:
        if self._asked.dates is None:
            return self._raw.moments(0, EVER)
        first, last = self._asked.dates
        starts = self._rules.day_starts
        ends = [(Day(first, z, starts).first, Day(last, z, starts).end) for z in self._zones]
        around = 3 * self._rules.max_bridge
        since, until = min(first for first, _ in ends), max(end for _, end in ends)
        return self._raw.moments(since * 1000 - around, until * 1000 + around)

    def _days(self, moments: Moments, zone: ZoneInfo) -> list[Day]:
        if self._asked.dates is None:
            return touched(moments, zone, self._rules)
        first, last = self._asked.dates
        dates = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
        return [Day(date, zone, self._rules.day_starts) for date in dates]

    def _identity(self) -> tuple[object, ...]:
        """What makes two calls the same one."""
        files = [
            (str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns)
            for path in self._asked.files
        ]
        return (files, self._asked.dates, self._asked.engine, self._rules, DEFINITION)

    def _known(self, day: Day) -> Mapping[str, Figures]:
        """What an earlier run wrote."""
        self._progress.say(f"{_name(day)}: done by the run that broke off")
        return {each.channel: each.figures for each in stands(self._store, day)}

    def _day(self, day: Day, moments: Moments) -> Mapping[str, Figures]:
        """Its figures, written if they are to be; none where they cannot be computed any more."""
        self._progress.doing(_name(day))
        own = not self._asked.files
        if own and (missing := self._missing(day)):
            self._progress.say(f"{_name(day)}: {missing}; what stands is kept")
            self._answer.whole = False
            return {}
        reports = count(moments, day)
        total = evaluate(
            self._raw,
            day,
            self._rules,
            self._asked.engine,
            -(-reports // PART),
            lambda share: self._progress.advance(share * reports),
        )
        figures = total.figures()
        self._keep(day, total, figures)
        return figures

    def _missing(self, day: Day) -> str:
        """Why the storage's reports do not say all about a day any more; empty where they do."""
        if self._raw.gone(day, self._rules):
            return "raw reports of it are not all in storage"
        if self._store and self._store.receipts.erasures(day):
            return "reports were erased"
        return ""

    def _keep(self, day: Day, total: Sum, figures: Mapping[str, Figures]) -> None:
        """Writes what differs from what stands, and says so."""
        now = time.time_ns() // 1_000_000
        standing = stands(self._store, day)
        if not (self._asked.dates or standing or _watched(figures)):
            return  # nobody asked, and at most a report of the evening before says that it was
        own = not self._asked.files
        found = difference(
            day, figures, standing, self._note, self._rules.final_until(now),
            lambda: self._why(day, standing),
        )  # fmt: skip
        kept = self._asked.dry_run or (own and found.status == "provisional")
        if found.changed and self._store and not kept:
            write(self._store, total, found, now)
        for line in told(found, kept=kept, all_of_it=self._asked.dry_run):
            self._progress.say(f"{_name(day)}: {line}")

    def _why(self, day: Day, standing: Sequence[StoredDay]) -> Reason:
        if self._store is None:  # nothing stands
            return FROM_FILES
        own = not self._asked.files
        return why(standing, day, self._store, self._rules, own=own)


def _watched(figures: Mapping[str, Figures]) -> bool:
    return any(each.watch_seconds for each in figures.values())


def _name(day: Day) -> str:
    return f"{day.date} {day.zone.key}"


def _rows(day: Day, by_channel: Mapping[str, Figures]) -> Iterator[Mapping[str, object]]:
    for channel, figures in sorted(by_channel.items(), key=lambda of: (of[0] != ANYTHING, of[0])):
        if figures.watch_seconds or channel == ANYTHING:
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
