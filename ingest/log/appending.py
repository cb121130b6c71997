"""What the collector needs of a log: reports go in and are durable."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from audience.reports import Report


class Retry(Exception):
    """The reports may not have been stored: hand in the same ones again after `seconds`.

    They may have been stored after all; duplicates are harmless.
    """

    def __init__(self, message: str, seconds: int = 1) -> None:
        super().__init__(message)
        self.seconds = seconds


class ReportLog(Protocol):
    """Where accepted reports go."""

    def append(self, reports: Sequence[Report]) -> asyncio.Future[None]:
        """Store these reports, in the order of the calls; the future is done when they are durable.

        Raises Retry when storage cannot take them now, and so does the future.
        """
