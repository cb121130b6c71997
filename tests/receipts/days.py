"""A day counted in no time: the steps of serve with a clock that the test turns."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.reports import Report
from audience.rules import Rules
from audience.states import State
from ingest.log.durable import entries
from ingest.log.local import LocalLog
from penonton.receipts.assembling import Receipts
from sinks.engine import Engine
from sinks.store import Store
from streams.local import Counting
from tests.waiting import until

RULES = Rules()
ZONE = ZoneInfo("Asia/Jakarta")
DAY = Day(dt.date(2026, 11, 25), ZONE)
TABLES = (
    *("reports", "levels", "days", "attendance", "restatements", "progress"),
    *("receipts", "heard", "erasures"),
)


def emptied(engine: Engine) -> Store:
    for table in TABLES:
        engine.execute(f"TRUNCATE TABLE {table}")
    return Store(engine)


def report(second: int, state: State = "playing", who: int = 1, channel: str = "tv") -> Report:
    """Said and received at that second of DAY."""
    at = (DAY.first + second) * 1000
    return Report(
        t=at,
        viewer=f"{who:032x}",
        session=f"{who:032x}",
        channel=channel,
        state=state,
        received=at,
    )


class Process:
    """What counts in a `serve`; `second` of DAY is its clock."""

    def __init__(
        self, folder: Path, store: Store, second: int, zones: Sequence[ZoneInfo] = (ZONE,)
    ) -> None:
        self.log = LocalLog(folder)
        self._now = (DAY.first + second) * 1000
        self.counting = Counting(
            self.log, store, RULES, zones, lambda: self._now, self._now, 2 * 86_400_000
        )
        self.counting.start()

    def receive(self, *reports: Report) -> None:
        """Reports that came now."""
        self.log.append(entries(reports))

    def pass_to(self, second: int) -> None:
        """Lives on, second by second, until this one."""
        while self._now < (DAY.first + second) * 1000:
            self._now = min(self._now + 5_000, (DAY.first + second) * 1000)
            self._counted(self._now)

    def stop(self) -> None:
        self.counting.stop()
        self.log.close()
        failure = self.counting.failure or self.counting.storing.failure
        assert failure is None

    def _counted(self, now: int) -> None:
        # The first time it compiles.
        until(lambda: (at := self.counting.snapshot) is not None and at.watermark >= now, 180)


@contextmanager
def process(
    folder: Path, store: Store, second: int, zones: Sequence[ZoneInfo] = (ZONE,)
) -> Iterator[Process]:
    running = Process(folder, store, second, zones)
    try:
        yield running
    finally:
        running.stop()


def receipts(store: Store) -> Receipts:
    return Receipts(store, RULES, 13, lambda: DAY.end * 1000)
