"""store: reports, and what became final, to storage; its waiting never holds the live count."""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa

from audience.rules import Rules
from ingest.log.encoding import decode
from ingest.log.local import LocalLog
from ingest.log.records import Record
from sinks.engine import Retry
from sinks.store import Store
from streams.watch import Settled

REPORTS = "reports"  # progress: position in the log up to which reports are stored
FINAL = "final"  # progress: last final second stored

BATCH = 200_000  # reports, at most about, in one insert
RETAIN = 600  # s between looks at what the log may forget
PAUSE = 5.0  # s between rounds, so that inserts are large
_log = logging.getLogger(__name__)


class Storing:
    """Writes behind the counting, in a thread of its own.

    What it wrote before a crash it may write again. `retention`: how long, in ms, the log keeps
    reports that are stored.
    """

    def __init__(self, store: Store, log: LocalLog, rules: Rules, retention: int) -> None:
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
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="store")
        self.failure: BaseException | None = None

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
        self._thread.start()

    def put(self, settled: Settled) -> None:
        """Hands over what became final."""
        self._settled.append(settled)

    def stop(self) -> None:
        """Stores what waits and ends."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._wake.wait(PAUSE)
                self._round()
            self._round()
        except BaseException as error:  # noqa: BLE001 - whatever it was, serve must end with it
            self.failure = error
            _log.exception("storing stopped")

    def _round(self) -> None:
        try:
            while self._store_reports():
                pass
            while self._settled:
                self._store_settled(self._settled[0])
                self._settled.popleft()
        except Retry as error:
            _log.warning("storage will be tried again: %s", error)

    def _store_reports(self) -> bool:
        records = list(islice(_some(self._reports_log.read(self._position)), 4096))
        if not records:
            return False
        table = pa.Table.from_batches([decode(record.payload) for record in records])
        for batch in table.unify_dictionaries().combine_chunks().to_batches():
            self._store.insert_reports(batch)
        self._store.put_progress(REPORTS, records[-1].next)
        self._position = records[-1].next
        return True

    def _store_settled(self, settled: Settled) -> None:
        """In an order that lets a crash in between be made good by storing it again."""
        for zone, date, attended in settled.attended:
            self._store.insert_attendance(zone, date, attended)
        for levels, shown in settled.levels:
            self._store.insert_levels(levels, shown=shown)
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
