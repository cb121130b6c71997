"""A stop is over within seconds, whatever does not answer meanwhile."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, Final

from penonton.web import say

WITHIN: Final = 8.0  # s; Docker kills after 10, unless it is told otherwise


class Deadline:
    """Ends the process WITHIN s after `begin`, if it is there for so long.

    By then everything that was promised is where a crash does not reach it: that is what makes it
    right to leave the rest. A thread of its own, since the event loop may be what hangs.
    """

    def __init__(self, left: str) -> None:
        """`left`: where that is which may have been left undone."""
        self._left = left
        why = f"not everything was put away {WITHIN:.0f} s after it was told to stop"
        self._timer = threading.Timer(WITHIN, self.end, [why])
        self._timer.daemon = True

    def begin(self) -> None:
        """The process has been told to stop; to say so again changes nothing."""
        if self._timer.ident is None:
            self._timer.start()

    def end(self, why: str) -> None:
        """Ends the process at once, with status 1."""
        say(f"penonton: {why}. {self._left}")
        os._exit(1)


async def within(seconds: float, work: Coroutine[Any, Any, object]) -> bool:
    """Whether `work` was done in that time, without an error; if not, it is cancelled and left."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    task.cancel()
    return bool(done) and task.exception() is None
