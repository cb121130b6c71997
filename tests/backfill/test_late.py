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
from dashboards.web.numbers import DayFigures, Receipt
from ingest.log.durable import entries
from ingest.log.local import LocalLog
from penonton.receipts.assembling import Receipts
from sinks.store import Store
from streams.local import Counting
from tests.backfill.places import Place
from tests.backfill.running import expected

RULES = Rules()
JAKARTA = ZoneInfo("Asia/Jakarta")
DAY = Day(dt.date(2026, 11, 20), JAKARTA)
NOON = (DAY.first + 43_200) * 1000
HOUR = 3_600_000
MIDDLE = NOON + HOUR + HOUR // 2
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


def receipt(store: Store, current: DayFigures | None = None) -> Receipt:
    """Of `tv`, as it stands, or of the `current` figures."""
    receipts = Receipts(store, RULES, 13, lambda: DAY.end * 1000)
    found = receipts.receipt(DAY.date, JAKARTA, "tv", current)
    assert found
    return found


def today(counting: Counting) -> DayFigures:
    assert counting.snapshot
    (mine,) = (each for each in counting.snapshot.today if each.channel == "tv")
    return DayFigures("tv", mine.figures, "provisional")


def reach_by_query(place: Place, found: Receipt) -> int:
    assert found.query
    (row,) = place.asked(found.query)
    return int(row["reach"])


def test_what_was_live_final_and_restated_of_an_hour_delivered_a_day_later(
    place: Place, tmp_path: Path
) -> None:
    with contextlib.closing(Clock(tmp_path, place.store)) as clock:
        tell(clock, place)


def tell(clock: Clock, place: Place) -> None:
    store = place.store
    for passed in (0, 5_000):  # time that passes in steps is heard; leaps are not
        clock.at(NOON + passed)
    clock.deliver(so_far := [report for report in DELIVERED if report.t < MIDDLE])
    counting = clock.at(MIDDLE)
    assert viewers(counting) == 3
    until(lambda: receipt(store, today(counting)).reports == len(so_far))
    live = receipt(store, today(counting))
    assert (live.figures.status, live.figures.figures.reach) == ("provisional", 3)
    assert (reach_by_query(place, live), live.changes) == (3, [])
    clock.deliver(report for report in DELIVERED if report.t >= MIDDLE)
    clock.at(DAY.end * 1000 + 600_000)
    clock.again(DAY.end * 1000 + 700_000)

    final = {each.channel: each for each in store.days(JAKARTA.key, DAY.date, DAY.date)}
    assert {each.status for each in final.values()} == {"final"}
    assert {name: each.figures for name, each in final.items()} == definition.figures(
        DELIVERED, DAY
    )

    of_final = receipt(store)
    assert (of_final.figures.status, of_final.late, of_final.changes) == ("final", 0, [])
    assert of_final.reports == len(DELIVERED)
    assert reach_by_query(place, of_final) == 3

    clock.deliver(WITHHELD)
    clock.at(DAY.end * 1000 + 86_400_000)
    clock.again(DAY.end * 1000 + 86_500_000)
    assert store.days(JAKARTA.key, DAY.date, DAY.date)[0] == final["*"]  # counted late, kept
    of_late = receipt(store)
    assert (of_late.figures, of_late.heard) == (of_final.figures, of_final.heard)
    assert (of_late.reports, of_late.late) == (len(DELIVERED) + len(WITHHELD), len(WITHHELD))
    assert reach_by_query(place, of_late) == 8, "what a backfill will find"

    dry = place.run(*COMMAND, "--dry-run")
    assert "tv reach 3 -> 8" in dry.stderr
    assert place.asked("SELECT figure FROM restatements") == []

    restate(place)
    of_restated = receipt(store)
    assert of_restated.figures.status == "restated"
    assert (of_restated.reports, of_restated.late) == (of_late.reports, of_late.late)
    assert {each.reason for each in of_restated.changes} == {"late reports"}
    assert ("reach", 3, 8) in [(c.figure, c.before, c.after) for c in of_restated.changes]
    assert reach_by_query(place, of_restated) == of_restated.figures.figures.reach == 8


def restate(place: Place) -> None:
    store = place.store
    rows = place.backfill(*COMMAND, "--reason", "spool of collector 2")
    assert rows == expected([*DELIVERED, *WITHHELD], [DAY])
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

    at = f"second = {MIDDLE // 1000} AND channel = 'tv'"
    levels = f"SELECT sum(viewers) AS now, max(shown_viewers) AS shown FROM levels FINAL WHERE {at}"
    assert place.asked(levels) == [{"now": 8, "shown": 3}]

    twice = place.run(*COMMAND)
    assert "as it stands" in twice.stderr
    assert len(place.asked("SELECT figure FROM restatements")) == len(changes)
    assert store.days(JAKARTA.key, DAY.date, DAY.date) == restated
