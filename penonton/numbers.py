"""What the pages are told, out of what counts in this process and the storage behind it."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from audience.rules import ANYTHING
from audience.snapshot import Snapshot
from dashboards.report.contents import Report
from dashboards.report.periods import Period
from dashboards.web.numbers import AskAgain, DayFigures, Hour, Level, Readiness, Receipt
from penonton.receipts.assembling import Receipts
from penonton.report.composing import Asked, report
from sinks.engine import Retry
from sinks.store import Store
from streams.recent import Recent

Answer = TypeVar("Answer")

STEP = 10  # s of a step of the chart
FRESH = 10_000  # ms that the watermark may be old while the numbers can be relied on


class Counting(Protocol):
    """What counts in this process: alone, or adding up what others count."""

    @property
    def snapshot(self) -> Snapshot | None:
        """What is known now; None before anything was counted."""

    @property
    def recent(self) -> Recent:
        """The levels of the last hour."""

    @property
    def waiting_for(self) -> str:
        """What must happen before the numbers hold; empty when they do."""


class ProcessNumbers:
    """The Numbers of `dashboards.web` in a process; `clock` answers ms since the epoch.

    `store` None: nothing is stored, and of what memory does not hold nothing is known.
    """

    def __init__(
        self,
        counting: Counting,
        store: Store | None,
        clock: Callable[[], int],
        receipts: Receipts | None = None,
    ) -> None:
        self._receipts = receipts
        self._counting = counting
        self._store = store
        self._clock = clock

    def live(self) -> Snapshot | None:
        """What is known now; None before anything was counted."""
        return self._counting.snapshot

    def viewers(self, channel: str, second: int) -> int | None:
        """Viewers watching a channel (or `*`) at a second of the last hour; None: not known."""
        (found,) = self._counting.recent.peaks(channel, second, 1, 1)
        return found

    def readiness(self) -> Readiness:
        """Ready once the counting is, and time goes on."""
        snapshot = self._counting.snapshot
        if self._counting.waiting_for or snapshot is None:
            return Readiness([self._counting.waiting_for or "the first report"])
        if self._clock() - snapshot.watermark > FRESH:
            return Readiness(["the counting, which has fallen behind"])
        return Readiness()

    async def levels(self, channel: str, first: int, end: int) -> Sequence[Level]:
        """The seconds of [first, end) at which somebody watched: from storage, then from memory."""
        recent = self._counting.recent
        stored = []
        if first < recent.first and self._store:
            table = await self._ask(self._store.levels, channel, first, min(end, recent.first))
            stored = [
                Level(row["second"], row["viewers"], row["sessions"], final=True)
                for row in table.to_pylist()
            ]
        return stored + [Level(*counts) for counts in recent.counts(channel, first, end)]

    async def day(self, date: dt.date, zone: ZoneInfo) -> Sequence[DayFigures]:
        """Of the current day from memory, of any other as stored."""
        snapshot = self._counting.snapshot
        today = [
            DayFigures(each.channel, each.figures, "provisional")
            for each in (snapshot.today if snapshot else ())
            if (each.zone, each.date) == (zone.key, date)
        ]
        if today or self._store is None:
            return sorted(today, key=lambda each: (each.channel != ANYTHING, each.channel))
        days = await self._ask(self._store.days, zone.key, date, date)
        return [DayFigures(each.channel, each.figures, each.status) for each in days]

    async def receipt(self, date: dt.date, zone: ZoneInfo, channel: str) -> Receipt | None:
        """How the figures of that day and channel came about."""
        if self._receipts is None:
            message = "nothing is stored here, so there are no receipts"
            raise AskAgain(message, seconds=60)
        known = await self.day(date, zone)
        mine = (each for each in known if each.channel == channel)
        current = next((each for each in mine if each.status == "provisional"), None)
        return await self._ask(self._receipts.receipt, date, zone, channel, current)

    async def last_hour(self, channel: str) -> Hour:
        """The hour that ends now."""
        end = self._clock() // 1000 // STEP * STEP + STEP
        first = end - 3600
        return Hour(first, STEP, self._counting.recent.peaks(channel, first, STEP, 3600 // STEP))

    async def report(self, period: Period, zone: ZoneInfo, starts: int) -> Report | None:
        """The figures of a period of days that begin at hour `starts`; None: none are stored."""
        if self._store is None:
            return None
        asked = Asked(period, zone, starts)
        return await self._ask(report, self._store, asked, self._clock() // 1000)

    async def _ask(self, question: Callable[..., Answer], *about: object) -> Answer:
        try:
            return await asyncio.to_thread(question, *about)
        except Retry as error:
            raise AskAgain(str(error)) from error
