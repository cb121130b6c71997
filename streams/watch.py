"""watch: reports to levels and totals, one fold in one thread. No I/O, time is an argument."""

import datetime as dt
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from audience.days import Day
from audience.figures import Figures
from audience.fold import Fold
from audience.fold.noted import Late  # noqa: TC001 - one place for imports, used or annotated
from audience.levels import Levels
from audience.reports import Reports
from audience.rules import Rules
from audience.snapshot import ChannelNow, Snapshot, Today
from audience.totals import OpenDay, Totals
from sinks.receipts import Happened, Stretch
from sinks.rows import Attended, Status
from streams.hearing import Hearing

ENTRIES_A_SECOND = 500_000  # sessions that are read through, at most, for each second's snapshot


@dataclass(frozen=True, slots=True)
class Settled:
    """What became final: to be stored, in this order.

    `attended`: by zone and day, sessions with their first watched second. `shown`: int64[channels,
    seconds] beside each of `levels`, the viewers shown live at that second, -1 where none were.
    `days`: figures of the days that are over and, of the others, of their final seconds so far.
    `until`: the last final second (s). `happened`: what receipts are made of, of the same seconds;
    `heard`: stretches of seconds that were heard, told again where they grew.
    """

    attended: Sequence[tuple[str, dt.date, Attended]]
    levels: Sequence[tuple[Levels, NDArray[np.int64]]]
    days: Sequence[tuple[Day, Mapping[str, Figures], Status]]
    until: int
    happened: Sequence[Happened] = ()
    heard: Sequence[Stretch] = ()


class Watch:
    """Counts from some instant on; seconds up to `since` (s) are taken to be known already.

    `is_part`: it counts some of the viewers, and has no figures of days.
    """

    def __init__(
        self,
        rules: Rules,
        zones: Sequence[ZoneInfo],
        since: int | None = None,
        *,
        is_part: bool = False,
    ) -> None:
        self.fold = Fold(rules, noting=True)
        self.hearing = Hearing()
        self.totals = Totals(zones, rules.day_starts, attended_only=is_part)
        self._since = since or 0
        self._final: list[Levels] = []
        self._late: list[Late] = []
        self._over: list[OpenDay] = []
        self._shown: deque[tuple[int, NDArray[np.int32]]] = deque()
        self._unconfirmed: NDArray[np.int64] = np.zeros(1, np.int64)
        self._today: Sequence[Today] = ()
        self._looked = 0  # when (s) the parts that read every session were last made

    def resume(self, day: OpenDay) -> None:
        """Goes on with a day whose seconds up to `since` an earlier process counted."""
        self.totals.resume(day)

    def take(self, reports: Reports) -> None:
        """Counts these reports."""
        if len(reports):
            self.hearing.hear(reports.received)
        self.fold.feed(reports)

    def pass_time(self, watermark: int) -> None:
        """All that was received before `watermark` (ms) has been taken."""
        self.hearing.pass_time(watermark)
        self.fold.advance(watermark)

    def follow(self) -> Sequence[Levels]:
        """Lead the totals up to where the fold is; the levels that became final on the way."""
        levels = [each.since(self._since + 1) for each in self.fold.take_final()]
        levels = [each for each in levels if each.first < each.end]
        self._over += self.totals.follow(self.fold, levels)
        self._final += levels
        return levels

    def settle(self) -> Settled:
        """What became final since the last call, as far as `follow` went."""
        levels, self._final = self._final, []
        over, self._over = self._over, []
        fold = self.fold
        return Settled(
            attended=[
                (each.day.zone.key, each.day.date, self._attended(each))
                for each in (*over, *self.totals.open)
            ],
            levels=[(each, self._shown_beside(each)) for each in levels],
            days=()
            if self.totals.attended_only
            else [
                *((each.day, each.figures(fold), "final") for each in over),
                *((each.day, each.figures(fold), "provisional") for each in self.totals.open),
            ],
            until=fold.final_until,
            happened=list(self._happened()),
            heard=self.hearing.take(),
        )

    def snapshot(self) -> Snapshot | None:
        """What is known now; what it says of its second is remembered as shown."""
        fold = self.fold
        if not fold.started:
            return None
        at = fold.watermark // 1000
        provisional = self.now()
        viewers, sessions = provisional.viewers[:, -1], provisional.sessions[:, -1]
        if self._looks_again(at):
            self._today = self._figures(at, provisional)
        unconfirmed = self.unconfirmed()
        now = [
            ChannelNow(name, int(viewers[c]), int(sessions[c]), int(unconfirmed[c]))
            for c, name in enumerate(fold.channels)
        ]
        return Snapshot(
            at=at,
            watermark=fold.watermark,
            final_until=fold.final_until,
            completeness=1.0,
            now=now[:1] + sorted(now[1:], key=lambda each: each.channel),
            today=self._today,
            ends=fold.ends(),
            late=fold.late(),
        )

    def now(self) -> Levels:
        """The provisional levels; the newest of them is remembered as shown."""
        provisional = self.fold.provisional()
        viewers = provisional.viewers[:, -1]
        at = provisional.end - 1
        if not self._shown or self._shown[-1][0] < at:
            self._shown.append((at, viewers))
        return provisional

    def unconfirmed(self) -> NDArray[np.int64]:
        """By channel: open sessions past their interval, as of the watermark or a little before."""
        return np.pad(self._unconfirmed, (0, len(self.fold.channels) - len(self._unconfirmed)))

    def look(self) -> None:
        """Makes anew, if it is time, what reads through every session."""
        self._looks_again(self.fold.watermark // 1000)

    def _looks_again(self, at: int) -> bool:
        # Each second, or more seldom when they are many.
        if at - self._looked < self.fold.live_sessions // ENTRIES_A_SECOND + 1:
            return False
        self._looked = at
        self._unconfirmed = self.fold.unconfirmed()
        return True

    def _figures(self, at: int, provisional: Levels) -> Sequence[Today]:
        return [
            Today(each.day.zone.key, each.day.date, channel, figures)
            for each in self.totals.open
            if at in each.day.seconds
            for channel, figures in each.figures(self.fold, provisional).items()
        ]

    def _attended(self, day: OpenDay) -> Attended:
        entries = day.attendance.unstored(self.fold.final_until)
        return Attended(
            viewer=np.stack((entries["id0"], entries["id1"]), axis=1),
            session=np.stack((entries["id2"], entries["id3"]), axis=1),
            channel=entries["what"] >> 1,
            channels=tuple(self.fold.channels),
        )

    def _happened(self) -> Iterator[Happened]:
        """What is final of what was noted, and was not before.

        Ends belong to the second they lie at, late reports to that of the watermark when they came:
        whoever counts again from the same log finds the same.
        """
        notes, until = self.fold.notes, self.fold.final_until
        if notes is None:
            return
        for end in notes.take_ends():
            if end.second > self._since:
                yield Happened("end", end.second, end.channel, end.times, end.reason)
        late = self._late + notes.take_late()
        self._late = [each for each in late if each.at > until]
        for each in late:
            if self._since < each.at <= until:
                yield Happened("late", each.second, each.channel, each.times, at=each.at)

    def _shown_beside(self, levels: Levels) -> NDArray[np.int64]:
        shown = np.full(levels.viewers.shape, -1, np.int64)
        while self._shown and self._shown[0][0] < levels.end:
            second, viewers = self._shown.popleft()
            if second >= levels.first:
                shown[:, second - levels.first] = 0
                shown[: len(viewers), second - levels.first] = viewers
        return shown
