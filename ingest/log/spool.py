"""Where reports are durable while Kafka is away: on disk, and drained in order once it is back."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from audience.reports import Report
from ingest.log.appending import Retry
from ingest.log.durable import entries
from ingest.log.encoding import Reject, decode, to_reports
from ingest.log.files import sync_names
from ingest.log.local import LocalLog, Roll
from ingest.log.reading import segments
from ingest.log.records import Record

GATHER: Final = 8_192  # reports forwarded at once, about
AGAIN: Final = 1.0  # s between tries to reach Kafka
FULL: Final = 10  # s after which a client may try again
LOOK: Final = 0.5  # s
SAY: Final = 60.0  # s between warnings that it still waits
PATIENCE: Final = 15.0  # s in which the drainer is to end
SMALL: Final = Roll(size=16 * 1024 * 1024)  # what was drained is deleted by segments
_log = logging.getLogger(__name__)


class Spool:
    """`deliver`, which raises Retry while Kafka is away, and a log in `folder` behind it.

    What may have been delivered before a crash is delivered again.
    """

    def __init__(
        self,
        folder: Path,
        deliver: Callable[[Sequence[Report]], None],
        most_bytes: int,
        roll: Roll = SMALL,
    ) -> None:
        """Begins to drain what is there. Raises Stop and OSError as LocalLog does."""
        self._deliver = deliver
        self._most = most_bytes
        self._spooled = LocalLog(folder, roll)
        self._place = folder / "drained"
        self._drained = self._remembered()
        self._storing = threading.Lock()
        self._stopping = threading.Event()
        self._damaged = 0
        self._silent_until = 0.0
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    @property
    def waiting_bytes(self) -> int:
        """What is not delivered yet, as it lies on disk."""
        return max(0, self._spooled.end - self._drained)

    @property
    def oldest(self) -> int | None:
        """The receipt (ms) of the first report that is not delivered yet; None: all are."""
        if not self.waiting_bytes:
            return None
        with contextlib.suppress(OSError):
            record = next(self._spooled.read(self._drained), None)
            return record.first if record else None
        return None

    @property
    def received(self) -> int:
        """The latest receipt of all that was spooled (ms), 0 when nothing was."""
        return self._spooled.received

    @property
    def damaged(self) -> int:
        """How many stretches were met that hold no record."""
        return len(self._spooled.damaged) + bool(self._spooled.torn_bytes)

    @property
    def full(self) -> bool:
        """Whether nothing more is taken until something is drained."""
        return self.waiting_bytes >= self._most

    @property
    def draining(self) -> bool:
        """Whether what waits will be delivered."""
        return self._thread.is_alive()

    def store(self, reports: Sequence[Report]) -> None:
        """Returns when they are with Kafka or on disk, after all handed in before.

        Raises Retry when neither takes them.
        """
        # Only who holds the lock lets anything wait: found empty, the spool stays so meanwhile.
        with self._storing:
            if not self.waiting_bytes:
                try:
                    self._deliver(reports)
                except Retry as error:
                    self._say_away(error)
                else:
                    return
            if self.full:
                message = "the spool is full"
                raise Retry(message, FULL)
            self._spooled.append(entries(reports))

    def close(self) -> None:
        """Stops draining; what waits is drained when it is opened again."""
        self._stopping.set()
        self._thread.join(PATIENCE)
        self._spooled.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._spooled.wait(self._drained, LOOK):
                continue
            try:
                self._drain()
            except Retry as error:
                self._say_away(error)
                self._stopping.wait(AGAIN)
            except Exception:  # noqa: BLE001 - whatever it was, what waits must not wait for ever
                _log.exception("the spool will be drained again")
                self._stopping.wait(AGAIN)

    def _drain(self) -> None:
        """Forwards all there is now."""
        end, place, reports = self._spooled.end, self._drained, list[Report]()
        for record in self._spooled.read(self._drained):
            reports += _reports(record)
            place = record.next
            if len(reports) >= GATHER:
                self._forward(reports, place)
                reports = []
            if self._stopping.is_set():
                return
        self._forward(reports, max(place, end))
        if self._damaged != self.damaged:
            self._damaged = self.damaged
            _log.warning("the spool was damaged, what cannot be read is passed over")

    def _forward(self, reports: Sequence[Report], place: int) -> None:
        if reports:
            self._deliver(reports)
            self._silent_until = 0.0
        self._drained = place
        try:
            self._remember(place)
            self._spooled.discard(place)
        except OSError as error:  # then it is delivered twice after a crash, which is harmless
            _log.warning("how far the spool is drained cannot be kept: %s", error)
            with contextlib.suppress(OSError):
                self._spooled.discard(place)  # a full disk has room afterwards

    def _remembered(self) -> int:
        """Where to go on; `end` where nothing waits."""
        listed = segments(self._spooled.folder)
        oldest = listed[0].base if listed else 0
        try:
            place = int(self._place.read_text())
        except (OSError, ValueError):
            return oldest
        if place > self._spooled.end:
            # The end was lost, and what is appended now must not pass for drained.
            self._place.unlink()
            sync_names(self._place.parent)
            return oldest
        return max(place, oldest)

    def _remember(self, place: int) -> None:
        new = self._place.with_suffix(".new")
        with new.open("w") as file:
            file.write(f"{place}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._place)
        sync_names(self._place.parent)

    def _say_away(self, error: Retry) -> None:
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + SAY
            _log.warning("reports go to the spool: %s", error)


def _reports(record: Record) -> list[Report]:
    try:
        return to_reports(decode(record.payload))
    except Reject as error:
        _log.warning("a record of the spool is passed over: %s", error)
        return []
