"""The calendar in a process that serves: what is on, for pages and metrics."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from audience.programmes import Programme, scheduled
from audience.rules import Rules
from dashboards.web.calendar import Counted
from dashboards.web.numbers import AskAgain
from penonton.programmes.counting import counted
from sinks.engine import Retry
from sinks.store import Store
from streams.behind import Behind

Answer = TypeVar("Answer")

LOOK: Final = 5.0  # s between looks into storage: others import
AROUND: Final = 86_400  # s before and after now in which specials are known


class Calendar:
    """The Calendar of `dashboards.web`; `clock` answers ms since the epoch."""

    def __init__(self, store: Store, rules: Rules, clock: Callable[[], int]) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._specials: Sequence[Programme] = ()
        self._channels: Sequence[str] = ()
        self._behind = Behind("the calendar", self._look, LOOK)

    def start(self) -> None:
        """Begins to look."""
        self._behind.start()

    def stop(self, patience: float | None = None) -> None:
        """Ends; after `patience` s it is left where it hangs."""
        self._behind.stop(patience)

    def scheduled(self) -> Mapping[str, bool]:
        """By channel of the calendar, whether a special is on now, about to be, or just over."""
        found = scheduled(self._specials, self._clock() // 1000)
        return dict.fromkeys(self._channels, False) | found

    async def programmes(self, channel: str, first: int, end: int) -> Sequence[Programme]:
        """What is on at some second of `first` <= s < `end`, by start; channel "": on any."""
        return await self._ask(lambda: self._store.programmes(first, end, channel))

    async def counted(self, channel: str, start: int) -> Sequence[Counted]:
        """The figures of what begins on that channel at that second."""

        def figures() -> Sequence[Counted]:
            on = self._store.programmes(start, start + 1, channel)
            begin = [each for each in on if each.start == start]
            return list(counted(self._store, begin, self._rules, self._clock() // 1000))

        return await self._ask(figures)

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        try:
            return await asyncio.to_thread(question)
        except Retry as error:
            raise AskAgain(str(error)) from error

    def _look(self) -> None:
        now = self._clock() // 1000
        near = self._store.programmes(now - AROUND, now + AROUND)
        self._channels = self._store.programme_channels()
        self._specials = [each for each in near if each.special]
