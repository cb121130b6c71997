"""Attendance: who watched at least one second of a local day, exactly.

Reach and sessions are counted from it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audience.days import Day
from audience.fold import memory, table, tally

Counts = tuple[NDArray[np.int64], NDArray[np.int64]]


class Attendance:
    """Of one day; `since` (s): what was watched before that second is restored, not booked.

    Channels are the codes of the fold whose changes are booked; the first `groups` of them are `*`
    and kinds. `sessions_only`: nothing is booked but what `unstored` tells of.
    """

    def __init__(
        self, day: Day, since: int | None = None, groups: int = 1, *, sessions_only: bool = False
    ) -> None:
        self.day = day
        self._groups = groups
        self._sessions_only = sessions_only
        self._first = max(day.first, since or 0)
        self._entries = np.zeros(256, tally.ENTRY)
        self._slots = np.zeros(512, np.uint64)
        self._used = 0

    def book(self, changes: NDArray[Any], *, final: bool) -> None:
        """Takes changes of a fold (`memory.CHANGE`), at once or when their second is `final`."""
        for at in range(0, len(changes), 4096):
            some = changes[at : at + 4096]
            self._make_room(6 * len(some))
            self._used = tally.change(
                self._entries,
                self._slots,
                self._used,
                some,
                self._first,
                self.day.end,
                final,
                self._sessions_only,
            )

    def count(self, until: int, channels: int, *, final: bool) -> Counts:
        """Viewers and sessions with a watched second up to second `until`.

        Each int64[channels], `*` first.
        """
        viewers, sessions = np.zeros(channels, np.int64), np.zeros(channels, np.int64)
        tally.count(self._entries, self._used, self._into(until), final, viewers, sessions)
        return viewers, sessions

    def unstored(self, until: int) -> NDArray[Any]:
        """Sessions' entries (`tally.ENTRY`) that got their first final watched second.

        Each is told of once.
        """
        found = np.zeros(self._used, np.int64)
        n = tally.unstored(self._entries, self._used, self._into(until), self._groups, found)
        return self._entries[found[:n]]

    def restore(
        self,
        viewer: NDArray[np.uint64],
        session: NDArray[np.uint64],
        channel: NDArray[np.int32],
        kind: NDArray[np.int32] | int = 0,
    ) -> None:
        """Books sessions that were told of before.

        `viewer` and `session` are uint64[n, 2], `channel` codes, `kind` those of their kinds.
        """
        changes = np.zeros(len(channel), memory.CHANGE)
        changes["viewer0"], changes["viewer1"] = viewer.T
        changes["session0"], changes["session1"] = session.T
        changes["channel"], changes["kind"] = channel, kind
        for final in (False, True):
            for sign, second in ((1, self._first), (-1, self._first + 1)):
                changes["sign"], changes["second"] = sign, second
                self.book(changes, final=final)
        self.unstored(self._first)

    def next_day(self) -> "Attendance":
        """The following day's, with those who are watching.

        All that is booked must lie before its first second.
        """
        following = Attendance(
            self.day.next, groups=self._groups, sessions_only=self._sessions_only
        )
        following._make_room(self._used)
        following._used = tally.carry(
            self._entries,
            self._used,
            following._entries,
            following._slots,
        )
        return following

    def _into(self, until: int) -> int:
        return min(max(until + 1, self._first), self.day.end) - self._first

    def _make_room(self, n: int) -> None:
        needed = self._used + n
        if needed > len(self._entries):
            entries = memory.room(max(needed, len(self._entries) * 5 // 4), tally.ENTRY)
            entries[: self._used] = self._entries[: self._used]
            self._entries = entries
        if needed * 4 > len(self._slots) * 3:
            slots = memory.empty_table(memory.power_of_two(needed * 2))
            table.rebuild(self._slots, slots)
            self._slots = slots
