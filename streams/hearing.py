"""hear: in which seconds anything was heard. No I/O, time is an argument."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sinks.receipts import Stretch

DARK: Final = 10_000
"""ms without a sign from which on nothing is known of the time between."""


class Hearing:
    """Follows the signs of life of whoever collects: receipts of reports, and time that passes.

    Signs up to DARK apart are one stretch: a player that stays silent says nothing for so long. A
    sign that lies before one already heard of says nothing about the time between.
    """

    def __init__(self) -> None:
        self._first = 0  # of the present stretch (ms)
        self._last = 0  # the newest sign (ms); 0: none yet in this stretch
        self._over: list[Stretch] = []
        self._told: Stretch | None = None

    def hear(self, received: NDArray[np.int64]) -> None:
        """Reports were received then (ms)."""
        newest = int(received.max())
        if self._last and newest - self._last <= DARK:
            self._last = max(self._last, newest)
            return
        for sign in np.unique(received).tolist():
            self.pass_time(sign)

    def pass_time(self, sign: int) -> None:
        """All that was received before `sign` (ms) was heard."""
        if self._last and sign > self._last + DARK:
            self.interrupt()
        if not self._last:
            self._first = sign
        self._last = max(self._last, sign)

    def interrupt(self) -> None:
        """Whoever collected is gone: what comes next is heard by another."""
        if self._last:
            self._over.append(self._stretch())
        self._last = 0

    def take(self) -> list[Stretch]:
        """The seconds [first, end) that were heard; a stretch that grew is told again, whole."""
        stretches, self._over = self._over, []
        if self._last:
            stretches.append(self._stretch())
        told = [each for each in stretches if each[0] < each[1] and each != self._told]
        self._told = told[-1] if told else self._told
        return told

    def _stretch(self) -> Stretch:
        return -(-self._first // 1000), self._last // 1000
