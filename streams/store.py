"""store: reports, and what became final, to storage; its waiting never holds the live count."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import pyarrow as pa

from audience.rules import Rules
from ingest.log.encoding import decode
from ingest.log.local import LocalLog
from ingest.log.records import Record
from sinks.receipts import Happened
from sinks.store import Store
from streams.behind import Behind
from streams.settling import FINAL, PAUSE, store_parts
from streams.watch import Settled

REPORTS: Final = "reports"  # progress: position in the log up to which reports are stored
BATCH: Final = 200_000  # reports, at most about, in one insert
RETAIN: Final = 600  # s between looks at what the log may forget


class Storing:
    """Writes behind the counting, in a thread of its own.

    What it wrote before a crash it may write again. `retention`: how long, in ms, the log keeps
    reports that are stored. `now` (ms): when this process begins.
    """

    def __init__(self, store: Store, log: LocalLog, rules: Rules, retention: int, now: int) -> None:
        self._store = store
        self._reports_log = log
        position = store.progress(REPORTS) or 0
        # Further than the log reaches: the log was begun anew, and all of it is to be stored.
        self._position = position if position <= log.end else 0
        self._rules = rules
        self._retention = retention
        self._retained = 0
        self._final = store.progress(FINAL)
        self._settled: deque[Settled] = deque()
        self._noted: deque[Sequence[Happened]] = deque()
        self._source = f"collector {now}"
        self._behind = Behind("storing", self._round, PAUSE)

    @property
    def failure(self) -> BaseException | None:
        """Why it ended by itself."""
        return self._behind.failure

    @property
    def position(self) -> int:
        """Up to where in the log reports are stored."""
        return self._position

    @property
    def final(self) -> int | None:
        """The last final second that is stored."""
        return self._final

    @property
    def waiting(self) -> int:
        """Settled parts that are not stored yet."""
        return len(self._settled)

    def start(self) -> None:
        """Begins."""
        self._behind.start()

    def put(self, settled: Settled) -> None:
        """Hands over what became final."""
        self._settled.append(settled)

    def note(self, happened: Sequence[Happened]) -> None:
        """Hands over what the collector of this process saw; never twice of the same second."""
        if happened:
            self._noted.append(happened)

    def stop(self) -> None:
        """Stores what waits and ends."""
        self._behind.stop()

    def _round(self) -> None:
        while self._store_reports():
            pass
        while noted := list(self._noted):
            self._store.receipts.put_happened(
                {self._source: [each for some in noted for each in some]}
            )
            for _ in noted:
                self._noted.popleft()
        while self._settled:
            self._store_settled(self._settled[0])
            self._settled.popleft()

    def _store_reports(self) -> bool:
        records = list(islice(_some(self._reports_log.read(self._position)), 4096))
        if not records:
            return False
        batches = [decode(record.payload) for record in records]
        self._store.insert_reports(pa.Table.from_batches(batches))
        self._store.put_progress(REPORTS, records[-1].next)
        self._position = records[-1].next
        return True

    def _store_settled(self, settled: Settled) -> None:
        """In an order that lets a crash in between be made good by storing it again."""
        store_parts(self._store, [(0, settled)], partitions=1)
        at = settled.until * 1000
        for day, figures, status in settled.days:
            self._store.put_days(day.zone.key, day.date, figures, status, at)
        self._store.put_progress(FINAL, settled.until)
        self._final = settled.until
        self._retain(settled.until)

    def _retain(self, final: int) -> None:
        """Lets the log forget what is old, stored, and not needed to begin again."""
        if final - self._retained >= RETAIN:
            self._retained = final
            needed = self._reports_log.seek((final + 1) * 1000 - self._rules.horizon)
            self._reports_log.retain(final * 1000 - self._retention, min(needed, self._position))


def _some(records: Iterator[Record]) -> Iterator[Record]:
    count = 0
    for record in records:
        yield record
        count += record.count
        if count >= BATCH:
            return
