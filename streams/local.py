"""The stream steps in one process: log to fold to levels to totals, and behind them to storage."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from audience.attendance import Attendance
from audience.days import Day
from audience.fold.fold import AHEAD
from audience.levels import Levels
from audience.rules import ANYTHING, Rules
from audience.snapshot import Snapshot  # noqa: TC001 - one place for imports, used or annotated
from audience.totals import Crowd, OpenDay
from ingest.log.encoding import columns_of
from ingest.log.local import LocalLog
from sinks.store import Store
from streams.hearing import DARK
from streams.recent import SPAN, Recent
from streams.settling import FINAL
from streams.store import Storing
from streams.watch import Watch

TICK = 0.2  # s that the counting waits for new reports, at most
SETTLE = 10  # s between hand-overs to storage
_log = logging.getLogger(__name__)


class Counting:
    """Follows the log in a thread of its own and keeps `snapshot` and `recent` current.

    `floor` answers the instant (ms) before which everything received is durable in the log, None
    when that is not known: it moves the watermark when no reports do. `now` (ms): when this process
    begins. `retention` (ms): how long the log keeps what is stored.
    """

    def __init__(
        self,
        log: LocalLog,
        store: Store,
        rules: Rules,
        zones: Sequence[ZoneInfo],
        floor: Callable[[], int | None],
        now: int,
        retention: int,
    ) -> None:
        self.snapshot: Snapshot | None = None
        self.caught_up = False
        self.failure: BaseException | None = None
        self._reports_log = log
        self._floor = floor
        self.storing = Storing(store, log, rules, retention, now)
        self._watch, self._position = resumed(log, store, rules, zones)
        self.recent = remembered(store, rules, log.received // 1000, now // 1000)
        self._before = log.end  # what lies before was received by an earlier process
        self._handed = 0
        self._begun = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="count")

    @property
    def waiting_for(self) -> str:
        """What must happen before the snapshot holds; empty when it does."""
        return "" if self.caught_up and self.snapshot else "counting what the log holds"

    def start(self) -> None:
        """Begins to count and to store."""
        self.storing.start()
        self._thread.start()

    def stop(self) -> None:
        """Counts what is in the log, stores what is final, and ends."""
        self._stopping = True
        self._thread.join()
        self.storing.stop()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._reports_log.wait(self._position, TICK)
                self._step()
            self._watch.follow()
            self.storing.put(self._watch.settle())
        except BaseException as error:  # noqa: BLE001 - whatever it was, serve must end with it
            self.failure = error
            _log.exception("counting stopped")

    def _step(self) -> None:
        floor = self._floor()
        begun = time.monotonic()
        for record in self._reports_log.read(self._position):
            self._begin(record.position)
            self._watch.take(columns_of(record.payload))
            self._position = record.next
            if time.monotonic() - begun > 1:  # a long way to catch up: be seen to move
                self._publish()
                return
        if floor is not None:
            self._begin(self._before)
            self._watch.pass_time(floor)
        self.caught_up = True
        self._publish()

    def _begin(self, position: int) -> None:
        """What lies at `position` is ours: between the last process and this one nobody heard."""
        if not self._begun and position >= self._before:
            self._begun = True
            self._watch.hearing.interrupt()

    def _publish(self) -> None:
        fold = self._watch.fold
        if not fold.started or (self.snapshot and self.snapshot.at == fold.watermark // 1000):
            return
        final = self._watch.follow()
        self.recent = self.recent.after(final, fold.provisional())
        self.snapshot = self._watch.snapshot()
        if fold.watermark // 1000 - self._handed >= SETTLE:
            self._handed = fold.watermark // 1000
            self.storing.put(self._watch.settle())


def resumed(
    log: LocalLog, store: Store, rules: Rules, zones: Sequence[ZoneInfo]
) -> tuple[Watch, int]:
    """A watch that goes on behind the last final second stored; where in the log it begins to read.

    The seconds that are not final yet hang on reports up to two bridges before them.
    """
    final = store.progress(FINAL)
    if final is None:
        return Watch(rules, zones), 0
    watch = Watch(rules, zones, since=final)
    counted = store.counted_until()
    for zone in zones:
        day = Day.of(final + 1, zone, rules.day_starts)
        if counted.get(zone.key, 0) < final:  # the zone is new, or was away for a while
            store.attend(day, final + 1, rules)
        watch.resume(resumed_day(watch, store, day, final + 1))
    return watch, log.seek((final + 1) * 1000 - 2 * rules.max_bridge - AHEAD)


def resumed_day(watch: Watch, store: Store, day: Day, since: int) -> OpenDay:
    """A day as storage has it until second `since`."""
    attended = store.attendance(day.zone.key, day.date)
    codes = watch.fold.know(attended.channels)
    channel = codes[attended.channel]
    attendance = Attendance(day, since, watch.fold.groups)
    kind = watch.fold.kinds_of(channel)
    attendance.restore(attended.viewer, attended.session, channel, kind)
    crowds = store.crowds(day.first, since)
    watch.fold.know([name for name in crowds if not name.startswith(ANYTHING)])
    found = [crowds.get(name) for name in watch.fold.channels]
    return OpenDay(
        day,
        attendance,
        Crowd(
            np.array([crowd.peak_viewers if crowd else 0 for crowd in found]),
            np.array([crowd.peak_at if crowd else 0 for crowd in found]),
            np.array([crowd.watch_seconds if crowd else 0 for crowd in found]),
        ),
    )


def remembered(store: Store, rules: Rules, received: int, now: int) -> Recent:
    """The last hour as storage has it at second `now`.

    `received`: when (s) the last report came in; of a time in which nobody collected nothing is
    known.
    """
    final = store.progress(FINAL)
    if final is None:
        return Recent(first=received or now)
    first = now - SPAN
    levels = stored_levels(store, first, final + 1)
    alive = max(received, final + rules.settling // 1000)
    dark = [(alive, now)] if now - alive > DARK // 1000 else []
    return Recent(first, [levels], dark=dark)


def stored_levels(store: Store, first: int, end: int) -> Levels:
    """The final levels of the seconds [first, end), as storage has them."""
    names = [name for name in store.crowds(first, end) if name != ANYTHING]
    levels = Levels(
        (ANYTHING, *names),
        first,
        np.zeros((1 + len(names), max(end - first, 0)), np.int32),
        np.zeros((1 + len(names), max(end - first, 0)), np.int32),
    )
    for c, name in enumerate(levels.channels):
        rows = store.levels(name, first, end)
        places = rows["second"].to_numpy() - first
        levels.viewers[c, places] = rows["viewers"].to_numpy()
        levels.sessions[c, places] = rows["sessions"].to_numpy()
    return levels
