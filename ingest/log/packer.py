"""Group commit: many small appends become few records, each made durable at once."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from audience.reports import Report
from ingest.log.appending import Done, Retry

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Grouping:
    """When a group is handed to storage.

    `smallest`, `largest`: reports. `linger`: seconds. `most_held`: reports taken, not yet durable.
    """

    smallest: int = 16
    largest: int = 8_192
    linger: float = 0.02
    most_held: int = 65_536


USUAL: Final = Grouping()


@dataclass(slots=True)
class _Group:
    reports: list[Report] = field(default_factory=list)
    waiting: list[Done] = field(default_factory=list)
    due: float = 0.0


class Packer:
    """A ReportLog in front of a storage that blocks, for one event loop.

    A group is handed over when as many reports wait as the last group held (at least `smallest`,
    at most `largest`), or `linger` after its first report; while it is being stored the next one
    collects. So clients that send again as soon as they are answered fill a group of their own
    number and do not wait out the linger. Traffic that keeps its own time makes groups of what
    comes in a linger or, where that is more than `smallest`, in the time that storing takes: the
    busier the process, the larger the records.
    """

    def __init__(
        self, store: Callable[[Sequence[Report]], object], grouping: Grouping = USUAL
    ) -> None:
        """`store` is called in one thread; it returns when all is durable, or raises Retry."""
        self._store = store
        self._grouping = grouping
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log")
        self._group = _Group()
        self._enough = grouping.smallest
        self._held = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._storing: asyncio.Future[object] | None = None
        self._in_storage: _Group | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def append(self, reports: Sequence[Report], done: Done) -> None:
        """Store these reports, in the order of the calls; `done` is called later, once it is over.

        Raises Retry when too many reports wait for storage; `done` is told it when storage failed.
        """
        if self._closed or self._held + len(reports) > self._grouping.most_held:
            message = "the log is closed" if self._closed else "too many reports wait for storage"
            raise Retry(message)
        # Asked for once: Python 3.11 makes a system call of the question.
        loop = self._loop = self._loop or asyncio.get_running_loop()
        if not reports:
            loop.call_soon(done, None)
            return
        group = self._group
        if not group.reports:
            group.due = loop.time() + self._grouping.linger
        group.reports.extend(reports)
        self._held += len(reports)
        group.waiting.append(done)
        if self._storing is None and (self._timer is None or len(group.reports) >= self._enough):
            self._arrange(loop)

    def oldest(self) -> int | None:
        """The receipt (ms) of the oldest report taken that is not durable yet; None: all are."""
        for group in (self._in_storage, self._group):
            if group and group.reports:
                return group.reports[0].received
        return None

    async def close(self) -> None:
        """Store what waits; afterwards `append` raises Retry."""
        self._closed = True
        while self._group.reports or self._storing:
            if self._storing is None:
                self._begin()
            if self._storing:
                await asyncio.wait([self._storing])
        self._thread.shutdown()

    def _arrange(self, loop: asyncio.AbstractEventLoop) -> None:
        """See to it that what waits is stored: now if it is enough, else when it is due."""
        if len(self._group.reports) >= self._enough:
            self._begin()
        elif self._timer is None:
            self._timer = loop.call_at(self._group.due, self._begin)

    def _begin(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        group, self._group = self._group, _Group()
        self._in_storage = group
        loop = asyncio.get_running_loop()
        self._storing = loop.run_in_executor(self._thread, self._store, group.reports)
        self._storing.add_done_callback(lambda stored: self._finish(group, stored))

    def _finish(self, group: _Group, stored: "asyncio.Future[object]") -> None:
        self._storing = self._in_storage = None
        self._held -= len(group.reports)
        bounds = self._grouping
        self._enough = min(max(bounds.smallest, len(group.reports)), bounds.largest)
        if self._group.reports:
            self._arrange(asyncio.get_running_loop())
        error = stored.exception()
        for done in group.waiting:
            try:
                done(_for_each(error))
            except Exception:
                _LOGGER.exception("Who waited for reports to be stored failed")


def _for_each(error: BaseException | None) -> BaseException | None:
    # Raised in many tasks, one exception would collect all their tracebacks.
    return Retry(str(error), error.seconds) if isinstance(error, Retry) else error
