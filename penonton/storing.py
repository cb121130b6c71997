"""What a worker stores, each part in a thread and over a connection of its own."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from ingest.log.topic import batch_of_record
from penonton.day_starts import keep_day_starts
from penonton.id_key import identity
from penonton.programmes.calendar import Calendar
from penonton.settings import Settings
from penonton.storage import engine
from sinks.engine import Engine, Retry
from sinks.migrate import migrate
from sinks.store import Store
from streams.archive import Archive, Source
from streams.closing import Closing
from streams.local import stored_levels
from streams.recent import SPAN
from streams.settling import Settling
from streams.total import Total

AGAIN = 2.0  # s between tries to reach storage at the start
PATIENCE = 4.0  # s in which a stop is to be over; Kafka has what was not stored by then
_log = logging.getLogger(__name__)


class Storage:
    """ClickHouse behind a worker. While it is away everything waits, and the count goes on."""

    def __init__(self, settings: Settings, holds_totals: Callable[[], bool]) -> None:
        self._settings = settings
        self._engines: list[Engine] = [engine(settings) for _ in range(6)]
        schema, *others = self._engines
        settling, archive, closing, queries, calendar = map(Store, others)
        self.queries = queries
        self.settling = Settling(settling, settings.partitions)
        identify = identity(settings)
        self.archive = Archive(
            archive,
            Source(
                settings.kafka,
                f"{settings.topics}.reports",
                f"{settings.topics}-store",
                lambda record: batch_of_record(
                    record, settings.partitions, settings.rules.lateness, identify
                ),
                settings.instance,
            ),
        )
        self.closing = Closing(
            closing,
            [ZoneInfo(zone) for zone in settings.zones],
            settings.partitions,
            holds_totals,
            settings.rules,
        )
        self.calendar = Calendar(calendar, settings.rules, lambda: time.time_ns() // 1_000_000)
        self._informed: Total | None = None
        self._schema = schema
        self._failure: BaseException | None = None
        self._stopping = threading.Event()
        self._opening = threading.Thread(target=self._open, name="open storage", daemon=True)

    @property
    def failure(self) -> BaseException | None:
        """Why a part of it ended by itself."""
        return (
            self._failure or self.settling.failure or self.archive.failure or self.closing.failure
        )

    def start(self) -> None:
        """Brings the schema up to date as soon as storage is there, and then begins to store."""
        self._opening.start()

    async def inform(self, total: Total) -> None:
        """Tell the totals what storage has: of the days always, of the last hour once."""
        stored = self.closing.stored
        if stored is None:
            return
        total.know(stored)
        if total is self._informed or total.final_until is None:
            return
        begun = total.final_until
        try:
            levels = await asyncio.to_thread(
                stored_levels, self.queries, begun - SPAN, stored.until + 1
            )
        except Retry as error:
            _log.warning("the last hour will be read again: %s", error)
            return
        total.remember(levels, stored.until)
        self._informed = total

    def stop(self) -> None:
        """Stores what waits, if storage is there, and ends within seconds."""
        self._stopping.set()
        parts = (self.calendar, self.archive, self.settling, self.closing)
        for each in parts:  # all at once
            each.stop(0)
        end = time.monotonic() + PATIENCE
        for each in parts:
            each.stop(max(end - time.monotonic(), 0))

    def _open(self) -> None:
        while not self._stopping.is_set():
            try:
                migrate(self._schema)
                keep_day_starts(Store(self._schema), self._settings)
            except Retry as error:
                _log.warning("storage will be tried again: %s", error)
                self._stopping.wait(AGAIN)
            except Exception as error:  # noqa: BLE001 - whatever it was, the worker must end
                self._failure = error
                return
            else:
                for each in (self.settling, self.archive, self.closing, self.calendar):
                    each.start()
                return
