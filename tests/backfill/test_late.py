"""An hour of reports that one collector could not deliver until a day later: what was said when.

Through the real log, counting and storage, with given clocks; the backfill is the command itself.
"""

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from audience import definition
from audience.days import Day
from audience.reports import Report
from audience.rules import Rules
from ingest.log.durable import entries
from ingest.log.local import LocalLog
from sinks.store import Store
from streams.local import Counting
from tests.backfill.places import Place
from tests.backfill.running import expected

RULES = Rules()
JAKARTA = ZoneInfo("Asia/Jakarta")
DAY = Day(dt.date(2026, 11, 20), JAKARTA)
NOON = (DAY.first + 43_200) * 1000
HOUR = 3_600_000
PATIENCE = 180  # s
COMMAND = ("--from", "2026-11-20", "--to", "2026-11-20", "--zone", "Asia/Jakarta")


def watching(viewer: int, first: int, end: int) -> list[Report]:
    """A viewer who watches from `first` to `end` (ms), and says goodbye."""
    who = Report(t=first, viewer=f"{viewer:032x}", session=f"{viewer:032x}", channel="tv")
    said = [replace(who, t=t, received=t + 50, state="playing") for t in range(first, end, 30_000)]
    return [*said, replace(who, t=end, received=end + 50, state="quit")]


DELIVERED = [
    report for viewer in range(3) for report in watching(viewer, NOON + viewer, NOON + 3 * HOUR)
]
WITHHELD = [
    report for viewer in range(10, 15) for report in watching(viewer, NOON + HOUR, NOON + 2 * HOUR)
]


class Clock:
    """The log, what counts it, and the time, which goes on when it is told to."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._log = LocalLog(folder / "log")
        self._store = store
        self._now = NOON
        self._counting = self._started()

    def _started(self) -> Counting:
        counting = Counting(
            self._log, self._store, RULES, [JAKARTA], lambda: self._now, self._now, 10**12
        )
        counting.start()
        return counting

    def deliver(self, reports: Iterable[Report]) -> None:
        """In the order they were received, as a spool does."""
        ordered = sorted(reports, key=lambda report: report.received)
        self._log.append(list(entries([*ordered])))

    def at(self, now: int) -> Counting:
        """Time goes on to `now` (ms), and everything is counted up to it."""
        self._now = now
        until(lambda: self._counting.snapshot and self._counting.snapshot.watermark >= now)
        return self._counting

    def again(self, now: int) -> Counting:
        """All that waits is stored; a new process begins."""
        self.close()
        self._now = now
        self._counting = self._started()
        return self.at(now)

    def close(self) -> None:
        self._counting.stop()
        assert self._counting.failure is None


def until(holds: Callable[[], object]) -> None:
    for _ in range(PATIENCE * 50):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError


def viewers(counting: Counting) -> int:
    assert counting.snapshot
    return counting.snapshot.now[0].viewers


def test_what_was_live_final_and_restated_of_an_hour_delivered_a_day_later(
    place: Place, tmp_path: Path
) -> None:
    with contextlib.closing(Clock(tmp_path, place.store)) as clock:
        tell(clock, place)


def tell(clock: Clock, place: Place) -> None:
    store = place.store
    middle = NOON + HOUR + HOUR // 2
    clock.deliver(report for report in DELIVERED if report.t < middle)
    assert viewers(clock.at(middle)) == 3
    clock.deliver(report for report in DELIVERED if report.t >= middle)
    clock.at(DAY.end * 1000 + 600_000)
    clock.again(DAY.end * 1000 + 700_000)

    final = {each.channel: each for each in store.days(JAKARTA.key, DAY.date, DAY.date)}
    assert {each.status for each in final.values()} == {"final"}
    assert {name: each.figures for name, each in final.items()} == definition.figures(
        DELIVERED, DAY
    )

    clock.deliver(WITHHELD)
    clock.at(DAY.end * 1000 + 86_400_000)
    clock.again(DAY.end * 1000 + 86_500_000)
    assert store.days(JAKARTA.key, DAY.date, DAY.date)[0] == final["*"]  # counted late, kept

    dry = place.run(*COMMAND, "--dry-run")
    assert "tv reach 3 -> 8" in dry.stderr
    assert place.asked("SELECT figure FROM restatements") == []

    rows = place.backfill(*COMMAND, "--reason", "spool of collector 2")
    assert rows == expected([*DELIVERED, *WITHHELD], [DAY])
    assert len(dry.stdout.splitlines()) == len(rows)
    restated = store.days(JAKARTA.key, DAY.date, DAY.date)
    assert {each.status for each in restated} == {"restated"}
    changes = place.asked("SELECT channel, figure, before, after, reason, note FROM restatements")
    assert {(each["reason"], each["note"]) for each in changes} == {
        ("late reports", "spool of collector 2")
    }
    assert {
        (each["figure"], each["before"], each["after"])
        for each in changes
        if each["channel"] == "tv"
    } == {
        ("reach", 3, 8),
        ("sessions", 3, 8),
        ("peak_viewers", 3, 8),
        ("peak_at", NOON // 1000 + 1, (NOON + HOUR) // 1000),
        ("watch_seconds", 9 * 3_600 - 2, 14 * 3_600 - 2),  # two came just after a second
    }

    at = f"second = {middle // 1000} AND channel = 'tv'"
    levels = f"SELECT sum(viewers) AS now, max(shown_viewers) AS shown FROM levels FINAL WHERE {at}"
    assert place.asked(levels) == [{"now": 8, "shown": 3}]

    twice = place.run(*COMMAND)
    assert "as it stands" in twice.stderr
    assert len(place.asked("SELECT figure FROM restatements")) == len(changes)
    assert store.days(JAKARTA.key, DAY.date, DAY.date) == restated
