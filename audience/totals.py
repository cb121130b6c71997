"""Totals: from levels and changes to the figures of the local days that are not over yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from audience.attendance import Attendance
from audience.days import Day
from audience.figures import Figures
from audience.fold import Fold, memory
from audience.levels import Levels


@dataclass(slots=True)
class Crowd:
    """What the levels of some seconds add up to, by channel; `peak_at` is in s."""

    peak: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    peak_at: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    watch_seconds: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))

    def with_levels(self, levels: Levels, first: int, end: int) -> "Crowd":
        """This and the levels from second `first` until `end`, which come after all it has."""
        more = len(levels.channels) - len(self.peak)
        peak, peak_at, watch_seconds = (
            np.pad(column, (0, more)) for column in (self.peak, self.peak_at, self.watch_seconds)
        )
        start, stop = max(first, levels.first), min(end, levels.end)
        if start < stop:
            viewers = levels.viewers[:, start - levels.first : stop - levels.first]
            top = viewers.max(axis=1)
            higher = top > peak
            peak = np.where(higher, top, peak)
            peak_at = np.where(higher, start + viewers.argmax(axis=1), peak_at)
            watch_seconds = watch_seconds + viewers.sum(axis=1, dtype=np.int64)
        return Crowd(peak, peak_at, watch_seconds)


class OpenDay:
    """A local day that is not final yet."""

    def __init__(self, day: Day, attendance: Attendance, crowd: Crowd | None = None) -> None:
        self.day = day
        self.attendance = attendance
        self.crowd = crowd or Crowd()  # of the final seconds

    def figures(self, fold: Fold, provisional: Levels | None = None) -> dict[str, Figures]:
        """By channel watched so far, and `*`.

        Of the final seconds, or with the `provisional` ones too.
        """
        crowd = self.crowd.with_levels(provisional or fold.nobody(), self.day.first, self.day.end)
        until = fold.final_until if provisional is None else fold.watermark // 1000
        reach, sessions = self.attendance.count(
            until, len(fold.channels), final=provisional is None
        )
        return {
            channel: Figures(
                seconds=len(self.day.seconds),
                peak_viewers=int(crowd.peak[c]),
                peak_at=int(crowd.peak_at[c]) if crowd.peak[c] else None,
                watch_seconds=int(crowd.watch_seconds[c]),
                reach=int(reach[c]),
                sessions=int(sessions[c]),
            )
            for c, channel in enumerate(fold.channels)
            if c == 0 or sessions[c]
        }


class Totals:
    """Follows a fold over the days of some time zones, which begin at the hour `starts`."""

    def __init__(self, zones: Sequence[ZoneInfo], starts: int = 0) -> None:
        self.zones = tuple(zones)
        self.starts = starts
        self.open: list[OpenDay] = []
        self._live: NDArray[Any] = np.empty(0, memory.CHANGE)  # second still ahead of the watermark
        self._final: NDArray[Any] = np.empty(0, memory.CHANGE)  # second not final yet

    def resume(self, day: OpenDay) -> None:
        """Goes on with a day that an earlier process began."""
        self.open.append(day)

    def follow(self, fold: Fold, final: Sequence[Levels]) -> list[OpenDay]:
        """Takes what the fold did since the last call, `final` being its `take_final()`.

        Answers the days whose last second is now final; their figures can be asked for once more.
        """
        if not fold.started:
            return []
        changes = fold.take_changes()
        first = [fold.final_until + 1, *(levels.first for levels in final), *changes["second"]]
        now = fold.watermark // 1000
        self._open_days(min(first), now)
        self._live = self._book(np.concatenate((self._live, changes)), now, final=False)
        self._final = self._book(
            np.concatenate((self._final, changes)), fold.final_until, final=True
        )
        for levels in final:
            for each in self.open:
                each.crowd = each.crowd.with_levels(levels, each.day.first, each.day.end)
        over = [each for each in self.open if each.day.end <= fold.final_until + 1]
        self.open = [each for each in self.open if each.day.end > fold.final_until + 1]
        return over

    def _book(self, changes: NDArray[Any], until: int, *, final: bool) -> NDArray[Any]:
        due = changes["second"] <= until
        for each in self.open:
            each.attendance.book(changes[due], final=final)
        return changes[~due]

    def _open_days(self, first: int, last: int) -> None:
        for zone in self.zones:
            mine = [each for each in self.open if each.day.zone == zone]
            if not mine:
                day = Day.of(first, zone, self.starts)
                mine = [OpenDay(day, Attendance(day))]
                self.open.append(mine[0])
            while (latest := mine[-1]).day.end <= last:
                mine.append(OpenDay(latest.day.next, latest.attendance.next_day()))
                self.open.append(mine[-1])
