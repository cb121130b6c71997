"""What a process needs before it can serve: data folder, log, storage, compiled code."""

import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from audience.fold import Fold
from audience.reports import Report, to_columns
from audience.rules import Rules
from audience.totals import Totals
from ingest.log.local import LocalLog
from penonton.day_starts import keep_day_starts
from penonton.id_key import make_id_key
from penonton.settings import Settings
from penonton.storage import owned
from sinks.migrate import migrate
from sinks.retention import retain
from sinks.store import Store

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installation:
    """The log and the storage of this data folder, open."""

    log: LocalLog
    store: Store

    def clock(self) -> int:
        """Now, in ms since the epoch, and never before what was last received."""
        return max(time.time_ns() // 1_000_000, self.log.received)


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """Opens the installation, with its schema up to date, and closes it.

    Raises OSError, and Stop or Retry as the log and the storage do.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    make_id_key(settings)
    with LocalLog(settings.data / "log") as log, contextlib.closing(owned(settings)) as storage:
        if log.torn_bytes:
            _logger.warning("%d bytes of a torn record were cut off the log", log.torn_bytes)
        migrate(storage)
        retain(storage, settings.retention_months)
        store = Store(storage)
        keep_day_starts(store, settings)
        yield Installation(log, store)


def warm_up() -> None:
    """Has the fold compiled (some seconds, once per version) before anyone waits for it."""
    fold, totals = Fold(Rules()), Totals([ZoneInfo("UTC")])
    report = Report(t=0, viewer="0" * 32, session="0" * 32, channel="none", state="playing")
    fold.feed(to_columns([report]))
    totals.follow(fold, fold.take_final())
    for each in totals.open:
        each.figures(fold, fold.provisional())
        each.attendance.unstored(0)
        each.attendance.next_day()
    fold.unconfirmed()
