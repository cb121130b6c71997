"""close: the figures of days, out of what all partitions have stored; for a cluster."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.figures import Figures
from audience.rules import ANYTHING, Rules
from sinks.store import Crowd, Store
from streams.behind import Behind
from streams.settling import FINAL, PATIENCE
from streams.total import Stored

USUAL: Final = Rules()

CLOSED: Final = "closed"
"""Progress, `closed/<zone>`: the second at which the last day that is closed ended."""

PAUSE: Final = 30.0  # s between looks at the open days
AWAY: Final = 3600  # s that a zone must be behind others for not having been counted
SHARE: Final = 10  # looks may take one of so many s


class Closing:
    """Writes the figures of days, in a thread of its own, while `wanted` says so.

    Provisional figures of the open days are those of the seconds that every partition has stored;
    final ones are written once that is the whole day, also of days that ended while nobody was
    there. Several processes may do it at once: they write the same.
    """

    def __init__(
        self,
        store: Store,
        zones: Sequence[ZoneInfo],
        partitions: int,
        wanted: Callable[[], bool] = lambda: True,
        rules: Rules = USUAL,
    ) -> None:
        self._store = store
        self._zones = zones
        self._partitions = partitions
        self._wanted = wanted
        self._rules = rules
        self._counted: dict[Day, tuple[int, Mapping[str, Crowd]]] = {}
        self._stored: Stored | None = None
        self._rested_until = 0.0
        self._behind = Behind("closing days", self._turn, PAUSE / 10)

    @property
    def failure(self) -> BaseException | None:
        """Why it ended by itself."""
        return self._behind.failure

    @property
    def stored(self) -> Stored | None:
        """The figures of the open days; None before all partitions have stored something."""
        return self._stored

    def start(self) -> None:
        """Begins."""
        self._behind.start()

    def stop(self, patience: float = PATIENCE) -> None:
        """Ends; after `patience` s it is left where it hangs."""
        self._behind.stop(patience)

    def close(self) -> None:
        """Writes what the stored seconds amount to, now."""
        until = stored_until(self._store, self._partitions)
        if until is None or (self._stored and until == self._stored.until):
            return
        if self._stored is None:
            self._take_in(until)
        days = {}
        for zone in self._zones:
            for day in self._over(zone, until):
                figures = self._figures(day, self._store.crowds(day.first, day.end))
                self._store.put_days(zone.key, day.date, figures, "final", until * 1000)
                self._store.put_progress(f"{CLOSED}/{zone.key}", day.end)
            day = Day.of(until + 1, zone, self._rules.day_starts)
            figures = self._figures(day, self._so_far(day, until))
            self._store.put_days(zone.key, day.date, figures, "provisional", until * 1000)
            days[zone.key, day.date] = figures
        self._counted = {day: known for day, known in self._counted.items() if day.end > until}
        self._stored = Stored(until, days)

    def _turn(self) -> None:
        begun = time.monotonic()
        if self._behind.stopping or not self._wanted() or begun < self._rested_until:
            return
        self.close()
        took = time.monotonic() - begun
        self._rested_until = begun + max(PAUSE, SHARE * took)

    def _take_in(self, until: int) -> None:
        """Begins with the present day of zones that are new, or were away for a while.

        Who watched before is found in the stored reports. Earlier days of theirs nobody counted: a
        backfill can.
        """
        counted = self._store.counted_until()
        newest = max(counted.values(), default=until)
        for zone in self._zones if counted else ():
            if newest - counted.get(zone.key, 0) > AWAY:
                day = Day.of(until + 1, zone, self._rules.day_starts)
                self._store.attend(day, until + 1, self._rules)
                self._store.put_progress(f"{CLOSED}/{zone.key}", day.first)

    def _over(self, zone: ZoneInfo, until: int) -> Iterator[Day]:
        """The days that are over by now and were not closed yet."""
        name = f"{CLOSED}/{zone.key}"
        closed = self._store.progress(name)
        if closed is None:
            closed = self._begun(zone, until)
            self._store.put_progress(name, closed)
        day = Day.of(closed, zone, self._rules.day_starts)
        while day.end <= until + 1:
            yield day
            day = day.next

    def _begun(self, zone: ZoneInfo, until: int) -> int:
        """Where the first day begins that is to be closed."""
        # Another kind of installation may have closed days before, whose attendance is long gone.
        last = self._store.last_final_day(zone.key)
        if last is not None:
            return Day(last, zone, self._rules.day_starts).end
        first = self._store.earliest()
        return Day.of(
            until if first is None else min(first, until), zone, self._rules.day_starts
        ).first

    def _so_far(self, day: Day, until: int) -> Mapping[str, Crowd]:
        """What the stored seconds of an open day add up to; only the new ones are read."""
        done, crowds = self._counted.get(day, (day.first - 1, {}))
        crowds = merged(crowds, self._store.crowds(done + 1, until + 1))
        self._counted[day] = until, crowds
        return crowds

    def _figures(self, day: Day, crowds: Mapping[str, Crowd]) -> dict[str, Figures]:
        reach = self._store.reach(day.zone.key, day.date, self._rules.kinds)
        figures = {ANYTHING: Figures.nobody(day)}
        for channel in crowds.keys() | reach.keys():
            crowd = crowds.get(channel, NOBODY)
            viewers, sessions = reach.get(channel, (0, 0))
            figures[channel] = Figures(
                seconds=len(day.seconds),
                peak_viewers=crowd.peak_viewers,
                peak_at=crowd.peak_at if crowd.peak_viewers else None,
                watch_seconds=crowd.watch_seconds,
                reach=viewers,
                sessions=sessions,
            )
        return figures


NOBODY: Final = Crowd(peak_viewers=0, peak_at=0, watch_seconds=0)


def stored_until(store: Store, partitions: int) -> int | None:
    """The last final second that all partitions have stored; None: some have stored none."""
    progress = store.partition_progress(FINAL)
    if any(partition not in progress for partition in range(partitions)):
        return None
    return min(progress[partition] for partition in range(partitions))


def merged(earlier: Mapping[str, Crowd], later: Mapping[str, Crowd]) -> dict[str, Crowd]:
    """What the seconds of both add up to; all of one come before those of the other."""
    together = dict(earlier)
    for channel, crowd in later.items():
        before = earlier.get(channel, NOBODY)
        higher = crowd if crowd.peak_viewers > before.peak_viewers else before
        watched = before.watch_seconds + crowd.watch_seconds
        together[channel] = Crowd(higher.peak_viewers, higher.peak_at, watched)
    return together
