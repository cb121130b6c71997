"""total: what all partitions tell, added up. No I/O, time is an argument."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from audience.days import Day
from audience.figures import Figures
from audience.levels import Levels
from audience.rules import DEFINITION, Rules
from audience.snapshot import ChannelNow, Snapshot, Today
from audience.totals import Crowd
from streams.recent import Recent
from streams.telling import Block, Told, between

UNHEARD: Final = 10_000
"""ms behind the newest partition from which on one counts as not heard of."""
APART: Final = 240
"""s that the partitions may lie apart, at least, while every second is added up."""
OFTEN: Final = 60
"""s that become final before they are added to the days, at most."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The figures of days as storage has them: of their seconds up to `until` (s)."""

    until: int
    days: Mapping[tuple[str, dt.date], Mapping[str, Figures]]


class Ring:
    """The levels of one partition by channel and second, those of the newest `length` seconds."""

    def __init__(self, length: int) -> None:
        """`length`: a power of two."""
        self.end = 0  # the second after the newest one
        self._length = length
        self._counts = np.zeros((2, 1, length), np.int32)  # viewers and sessions

    def write(self, block: Block, codes: Mapping[str, int]) -> None:
        """Make the block what is known of its seconds."""
        self.clear(min(self.end, block.first), block.first)
        skip = max(max(self.end, block.first + block.seconds) - self._length - block.first, 0)
        columns = self._columns(block.first + skip, block.first + block.seconds)
        self._counts[:, :, columns] = 0
        self._grow(len(codes))
        for kind, rows in enumerate((block.viewers, block.sessions)):
            for channel, row in rows.items():
                self._counts[kind, codes[channel], columns] = row[skip:]
        self.end = max(self.end, block.first + block.seconds)

    def clear(self, first: int, end: int) -> None:
        """Nobody watched in [first, end)."""
        newest = max(self.end, end)
        self._counts[:, :, self._columns(max(first, newest - self._length), end)] = 0
        self.end = newest

    def add_to(self, counts: NDArray[np.int32], first: int, end: int) -> None:
        """Add what is known of [first, end) to int32[2, channels, seconds]."""
        start, stop = max(first, self.end - self._length), min(end, self.end)
        if start < stop:
            some = self._counts[:, :, self._columns(start, stop)]
            counts[:, : some.shape[1], start - first : stop - first] += some

    def _columns(self, first: int, end: int) -> NDArray[np.int64]:
        return np.arange(first, end) & (self._length - 1)

    def _grow(self, channels: int) -> None:
        more = channels - self._counts.shape[1]
        if more > 0:
            self._counts = np.pad(self._counts, ((0, 0), (0, more), (0, 0)))


@dataclass(slots=True)
class _Partition:
    ring: Ring
    watermark: int = 0
    final_until: int = 0
    unconfirmed: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Day:
    """What the final seconds up to `until` of a day add up to."""

    crowd: Crowd
    until: int


class Total:
    """Adds up `partitions` partitions. A viewer is in one, so distinct counts add up exactly."""

    def __init__(self, partitions: int, rules: Rules, zones: Sequence[ZoneInfo]) -> None:
        self.recent = Recent(first=0)
        self._zones = tuple(zones)
        self._starts = rules.day_starts
        self._codes = {name: code for code, name in enumerate(rules.groups)}
        self._length = 1 << (rules.settling // 1000 + APART - 1).bit_length()
        self._partitions = [_Partition(Ring(self._length)) for _ in range(partitions)]
        self._final_until: int | None = None
        self._days: dict[Day, _Day] = {}
        self._stored: Stored | None = None

    @property
    def final_until(self) -> int | None:
        """The last second (s) that is final in all partitions; None before all were heard of."""
        return self._final_until

    @property
    def stored_until(self) -> int:
        """The last second (s) that storage is known to have of all partitions."""
        return self._stored.until if self._stored else 0

    def take(self, told: Told) -> None:
        """Takes what a partition told; of what it told before, the newer is kept."""
        if told.definition != DEFINITION or not 0 <= told.partition < len(self._partitions):
            return
        each = self._partitions[told.partition]
        for name in (*told.final.viewers, *told.latest.viewers):
            self._codes.setdefault(name, len(self._codes))
        if not each.final_until:
            each.final_until = told.final.first - 1 if told.final.seconds else told.final_until
        if told.final_until > each.final_until:
            each.ring.clear(each.final_until + 1, told.final_until + 1)
            each.final_until = told.final_until
        if told.final.seconds:
            each.ring.write(told.final, self._codes)
        if told.watermark >= each.watermark:
            each.ring.write(told.latest, self._codes)
            each.watermark, each.unconfirmed = told.watermark, told.unconfirmed
        self._settle(OFTEN)

    def know(self, stored: Stored) -> None:
        """Storage has figures of the open days."""
        self._stored = stored
        for (zone, date), figures in stored.days.items():
            day = Day(date, ZoneInfo(zone), self._starts)
            known = self._days.get(day)
            final = self._final_until or stored.until
            if known and final - stored.until > self._length // 2:
                continue  # what became final since is no longer all remembered
            for name in figures:
                self._codes.setdefault(name, len(self._codes))
            counted = _Day(_crowd(self._codes, figures), stored.until)
            self._days[day] = self._counted(day, counted, final)

    def remember(self, levels: Levels, until: int) -> None:
        """Storage has these of the time before; of what comes after `until` (s) it has nothing."""
        begun = self.recent.first
        before = between(levels, levels.first, min(max(begun, levels.first), levels.end))
        self.recent = Recent(
            min(levels.first, begun),
            [before, *self.recent.final],
            self.recent.provisional,
            [(until + 1, begun)] if until + 1 < begun else [],
        )

    def follow(self) -> Snapshot | None:
        """What is known now; None before anything was told."""
        heard = self._heard()
        if not heard:
            return None
        self._settle(1)
        watermark = min(each.watermark for each in heard)
        at = watermark // 1000
        final = max(self._final_until or 0, at - self._length)
        provisional = self._levels(final + 1, at + 1)
        self.recent = self.recent.after((), provisional)
        return Snapshot(
            at=at,
            watermark=watermark,
            final_until=final,
            completeness=len(heard) / len(self._partitions),
            now=self._now(at, heard),
            today=list(self._today(at, provisional)),
        )

    def _heard(self) -> list[_Partition]:
        newest = max(each.watermark for each in self._partitions)
        return [
            each
            for each in self._partitions
            if each.watermark and newest - each.watermark <= UNHEARD
        ]

    def _settle(self, at_least: int) -> None:
        """Adds the seconds that are final in all partitions to the days."""
        until = min(each.final_until for each in self._partitions)
        if not until:
            return
        if self._final_until is None:
            self._final_until = until
            self.recent = Recent(first=until + 1)
        if until - self._final_until < at_least:
            return
        levels = self._levels(self._final_until + 1, until + 1)
        self.recent = self.recent.after([levels], levels.since(levels.end))
        self._final_until = until
        for zone in self._zones:
            day = Day.of(levels.first, zone, self._starts)
            while day.first <= until:
                self._days.setdefault(day, _Day(Crowd(), levels.first - 1))
                day = day.next
        self._days = {
            day: self._counted(day, counted, until)
            for day, counted in self._days.items()
            if day.end > until - OFTEN
        }

    def _counted(self, day: Day, counted: _Day, until: int) -> _Day:
        if until <= counted.until:
            return counted
        levels = self._levels(counted.until + 1, until + 1)
        return _Day(counted.crowd.with_levels(levels, day.first, day.end), until)

    def _levels(self, first: int, end: int, of: Iterable[_Partition] | None = None) -> Levels:
        counts = np.zeros((2, len(self._codes), max(end - first, 0)), np.int32)
        for each in self._partitions if of is None else of:
            each.ring.add_to(counts, first, end)
        return Levels(tuple(self._codes), first, counts[0], counts[1])

    def _now(self, at: int, heard: Sequence[_Partition]) -> list[ChannelNow]:
        levels = self._levels(at, at + 1, heard)
        now = [
            ChannelNow(
                name,
                int(levels.viewers[c, 0]),
                int(levels.sessions[c, 0]),
                sum(each.unconfirmed.get(name, 0) for each in heard),
            )
            for c, name in enumerate(levels.channels)
        ]
        return now[:1] + sorted(now[1:], key=lambda each: each.channel)

    def _today(self, at: int, provisional: Levels) -> Iterator[Today]:
        """Of the days that storage knows; reach and sessions are those it has counted."""
        for zone in self._zones if self._stored else ():
            day = Day.of(at, zone, self._starts)
            counted = self._days.get(day)
            crowd = (counted.crowd if counted else Crowd()).with_levels(
                provisional, day.first, day.end
            )
            stored = self._stored.days.get((zone.key, day.date), {}) if self._stored else {}
            for name, c in self._codes.items():
                if c and not crowd.watch_seconds[c]:
                    continue
                attended = stored.get(name, Figures.nobody(day))
                figures = Figures(
                    seconds=len(day.seconds),
                    peak_viewers=int(crowd.peak[c]),
                    peak_at=int(crowd.peak_at[c]) if crowd.peak[c] else None,
                    watch_seconds=int(crowd.watch_seconds[c]),
                    reach=attended.reach,
                    sessions=attended.sessions,
                )
                yield Today(zone.key, day.date, name, figures)


def _crowd(codes: Mapping[str, int], figures: Mapping[str, Figures]) -> Crowd:
    found = [figures.get(name) for name in codes]
    return Crowd(
        np.array([each.peak_viewers if each else 0 for each in found], np.int64),
        np.array([each.peak_at or 0 if each else 0 for each in found], np.int64),
        np.array([each.watch_seconds if each else 0 for each in found], np.int64),
    )
