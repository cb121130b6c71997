"""An audience played by the clock: Numbers of real Snapshots, to test the pages with."""

import datetime as dt
import math
import time
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.figures import Figures
from audience.rules import ANYTHING, Rules
from audience.snapshot import ChannelNow, Snapshot, Today
from dashboards.report.contents import Report
from dashboards.report.periods import Period
from dashboards.web.numbers import (
    AskAgain,
    Change,
    DayFigures,
    Hour,
    Level,
    Readiness,
    Receipt,
    Status,
)
from penonton.report.composing import Asked, composed
from sinks.store import StoredDay

JAKARTA = ZoneInfo("Asia/Jakarta")
NOON = int(dt.datetime(2026, 11, 25, 12, 3, 7, tzinfo=dt.UTC).timestamp())
FEW = ("rcti", "sctv", "radio-bandung")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class PlayedNumbers:
    """Viewers come and go in slow waves; a test turns the attributes and looks at the page."""

    def __init__(self, channels: Sequence[str] = FEW, second: int | None = None) -> None:
        self.channels = tuple(channels)
        self.second = second
        self.completeness = 1.0
        self.counting = True
        self.storage = True
        self.gap: range = range(0)
        self.restated: frozenset[str] = frozenset()
        self.asked: list[tuple[str, int, int]] = []

    def live(self) -> Snapshot | None:
        if not self.counting:
            return None
        at = self._second()
        return Snapshot(
            at=at,
            watermark=at * 1000 + 400,
            final_until=Rules().final_until(at * 1000 + 400),
            completeness=self.completeness,
            now=[
                ChannelNow(channel, n := self.viewers(channel, at), n + n // 20, n // 50)
                for channel in (ANYTHING, *sorted(self.channels))
            ],
            today=[
                Today("Asia/Jakarta", day.date, channel, self.figures(channel, day, at))
                for day in [Day.of(at, JAKARTA)]
                for channel in (ANYTHING, *sorted(self.channels))
            ],
        )

    def readiness(self) -> Readiness:
        return Readiness(() if self.counting else ("the log to be read again",))

    async def levels(self, channel: str, first: int, end: int) -> Sequence[Level]:
        self._need_storage()
        self.asked.append((channel, first, end))
        final = Rules().final_until(self._second() * 1000)
        return [
            Level(second, n, n + 1, second <= final)
            for second in range(first, min(end, self._second() + 1))
            if (n := self.viewers(channel, second))
        ]

    async def day(self, date: dt.date, zone: ZoneInfo) -> Sequence[DayFigures]:
        self._need_storage()
        day = Day(date, zone)
        if day.first > self._second():
            return ()
        status: Status = "final" if day.end + 240 < self._second() else "provisional"
        return [
            DayFigures(
                channel,
                self.figures(channel, day, min(day.end - 1, self._second())),
                "restated" if channel in self.restated else status,
            )
            for channel in (ANYTHING, *sorted(self.channels))
        ]

    async def receipt(self, date: dt.date, zone: ZoneInfo, channel: str) -> Receipt | None:
        found = next((each for each in await self.day(date, zone) if each.channel == channel), None)
        if found is None:
            return None
        day = Day(date, zone)
        return Receipt(
            day=day,
            figures=found,
            definition=1,
            heard=len(day.seconds) // 2,
            reports=12,
            late=None,
            replayed=0,
            refused=3,
            refused_elsewhere=None,
            ends={"reported": 3, "timeout": 1},
            query="SELECT 1",
            changes=[Change(1_795_000_000_500, "reach", None, 7, "late reports")],
        )

    async def last_hour(self, channel: str) -> Hour:
        self._need_storage()
        first = (self._second() - 3600) // 10 * 10
        steps = range(first, first + 3600, 10)
        return Hour(first, 10, [self._step(channel, second) for second in steps])

    async def report(self, period: Period, zone: ZoneInfo, starts: int) -> Report | None:
        self._need_storage()
        known = [
            StoredDay(date, each.channel, each.figures, each.status, 1)
            for date in (*period.before.days, *period.days)
            for each in await self.day(date, zone)
        ]
        return composed(Asked(period, zone, starts), known, (), self._second(), {})

    def viewers(self, channel: str, second: int) -> int:
        """A channel's share is halved with each place; one device in ten watches two channels."""
        if channel == ANYTHING:
            return sum(self.viewers(name, second) for name in self.channels) * 9 // 10
        if channel not in self.channels:
            return 0
        place = self.channels.index(channel)
        share = 2400 * 0.8**place
        wave = math.sin(second / 900 + place) + 0.2 * math.sin(second / 70) + 0.1 * (second % 3)
        return max(0, round(share * (1 + wave / 3)))

    def figures(self, channel: str, day: Day, until: int) -> Figures:
        """Roughly a day up to `until`: its parts fit each other and the waves."""
        seconds = range(day.first, until + 1, 600)
        peak = max(seconds, key=lambda second: self.viewers(channel, second))
        most = self.viewers(channel, peak)
        watched = most * len(seconds) * 400
        return Figures(len(day.seconds), most, peak if most else None, watched, most * 4, most * 6)

    def _second(self) -> int:
        return int(time.time()) if self.second is None else self.second

    def _step(self, channel: str, second: int) -> int | None:
        if second in self.gap:
            return None
        return max(self.viewers(channel, second + i) for i in range(10))

    def _need_storage(self) -> None:
        if not self.storage:
            message = "the storage does not answer"
            raise AskAgain(message, seconds=7)
