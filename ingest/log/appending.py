"""What the collector needs of a log: reports go in and are durable."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from audience.reports import Report

Done = Callable[[BaseException | None], None]
"""Is told that reports are durable, or what went wrong."""


class Retry(Exception):
    """The reports may not have been stored: hand in the same ones again after `seconds`.

    They may have been stored after all; duplicates are harmless.
    """

    def __init__(self, message: str, seconds: int = 1) -> None:
        super().__init__(message)
        self.seconds = seconds


class ReportLog(Protocol):
    """Where accepted reports go."""

    def append(self, reports: Sequence[Report], done: Done) -> None:
        """Store these reports, in the order of the calls; `done` is called later, once it is over.

        Raises Retry when storage cannot take them now; `done` is told Retry when it could not.
        """


def stored(log: ReportLog, reports: Sequence[Report]) -> asyncio.Future[None]:
    """Append them; to be awaited until they are durable. Raises as `ReportLog` does, and tells."""
    durable = asyncio.get_running_loop().create_future()
    log.append(reports, partial(_settle, durable))
    return durable


def _settle(durable: asyncio.Future[None], error: BaseException | None) -> None:
    if durable.done():  # whoever waited is gone
        return
    if error is None:
        durable.set_result(None)
    else:
        durable.set_exception(error)
