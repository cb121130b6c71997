"""Where a run that broke off goes on: the days it finished are written down as it goes."""

import hashlib
from typing import Final

from audience.days import Day
from sinks.store import Store

FRESH: Final = 86_400  # s after its beginning in which a run that broke off is gone on with


class Resuming:
    """The days of a zone that the same call, made again, need not compute again.

    `identity`: what makes it the same call; `now`: in s. Without a `store` nothing is remembered.
    A run that came to its end is forgotten: the next one begins at the first day.
    """

    def __init__(
        self, store: Store | None, identity: tuple[object, ...], zone: str, now: float
    ) -> None:
        digest = hashlib.blake2b(repr((identity, zone)).encode(), digest_size=12).hexdigest()
        self._store = store
        self._begun, self._last = f"backfill/{digest}/begun", f"backfill/{digest}/last"
        self._done = 0
        if store is None:
            return
        if now - (store.progress(self._begun) or 0) < FRESH:
            self._done = store.progress(self._last) or 0
        if not self._done:
            store.put_progress(self._begun, int(now))

    def is_done(self, day: Day) -> bool:
        """Whether an earlier run wrote it."""
        return day.date.toordinal() <= self._done

    def done(self, day: Day) -> None:
        """It is written, and so are all before it."""
        if self._store and not self.is_done(day):
            self._store.put_progress(self._last, day.date.toordinal())

    def over(self) -> None:
        """All are."""
        if self._store:
            self._store.put_progress(self._last, 0)
