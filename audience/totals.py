"""Totals: from levels and changes to the figures of the local days that are not over yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from audience.attendance import Attendance
from audience.days import Day
from audience.figures import Figures
from audience.fold import Fold
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
        """By channel and kind watched so far, and `*`.

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


class _Ahead:
    """Changes whose second has not come, by second: none is looked at again before it is due."""

    def __init__(self) -> None:
        self._by_second: dict[int, list[NDArray[Any]]] = {}

    def put(self, second: int, changes: NDArray[Any]) -> None:
        self._by_second.setdefault(second, []).append(changes)

    def take(self, until: int) -> list[NDArray[Any]]:
        """Those up to second `until`."""
        due = [second for second in self._by_second if second <= until]
        return [changes for second in due for changes in self._by_second.pop(second)]


class Totals:
    """Follows a fold over the days of some time zones, which begin at the hour `starts`.

    `attended_only`: it has no figures, and notes only who attended the final seconds; for a fold
    of some viewers, whose days are added up elsewhere.
    """

    def __init__(
        self, zones: Sequence[ZoneInfo], starts: int = 0, *, attended_only: bool = False
    ) -> None:
        self.zones = tuple(zones)
        self.starts = starts
        self.attended_only = attended_only
        self.open: list[OpenDay] = []
        self._live = _Ahead()  # of the watermark
        self._final = _Ahead()  # of what is final

    def resume(self, day: OpenDay) -> None:
        """Goes on with a day that an earlier process began."""
        self.open.append(day)

    def follow(self, fold: Fold, final: Sequence[Levels]) -> list[OpenDay]:
        """Takes what the fold did since the last call, `final` being its `take_final()`.

        Answers the days whose last second is now final; their figures can be asked for once more.
        """
        if not fold.started:
            return []
        by_second = list(_by_second(fold.take_changes()))
        seconds = [second for second, _ in by_second]
        now = fold.watermark // 1000
        self._open_days(
            min([fold.final_until + 1, *(levels.first for levels in final), *seconds]),
            now,
            fold.groups,
        )
        for second, changes in by_second:
            if not self.attended_only:
                self._live.put(second, changes)
            self._final.put(second, changes)
        for ahead, until in ((self._live, now), (self._final, fold.final_until)):
            if due := ahead.take(until):
                self._book(np.concatenate(due), final=ahead is self._final)
        for levels in () if self.attended_only else final:
            for each in self.open:
                each.crowd = each.crowd.with_levels(levels, each.day.first, each.day.end)
        over = [each for each in self.open if each.day.end <= fold.final_until + 1]
        self.open = [each for each in self.open if each.day.end > fold.final_until + 1]
        return over

    def _book(self, changes: NDArray[Any], *, final: bool) -> None:
        for each in self.open:
            each.attendance.book(changes, final=final)

    def _open_days(self, first: int, last: int, groups: int) -> None:
        for zone in self.zones:
            mine = [each for each in self.open if each.day.zone == zone]
            if not mine:
                day = Day.of(first, zone, self.starts)
                attendance = Attendance(day, groups=groups, sessions_only=self.attended_only)
                mine = [OpenDay(day, attendance)]
                self.open.append(mine[0])
            while (latest := mine[-1]).day.end <= last:
                mine.append(OpenDay(latest.day.next, latest.attendance.next_day()))
                self.open.append(mine[-1])


def _by_second(changes: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """The changes (memory.CHANGE) of each second."""
    ordered = changes[np.argsort(changes["second"], kind="stable")]
    seconds, begins = np.unique(ordered["second"], return_index=True)
    for second, begin, end in zip(seconds, begins, (*begins[1:], len(ordered)), strict=False):
        yield int(second), ordered[begin:end]
