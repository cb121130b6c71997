"""What the pages need to know of programmes, and what they are given for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from audience.figures import Figures
from audience.programmes import Programme

State = Literal["scheduled", "provisional", "final", "unknown"]
"""scheduled: it has not begun; provisional: its figures are of its final seconds so far, of which
there may be none yet; unknown: it began before the oldest report that is kept."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of a programme's seconds up to `until` (s, excluded); None: none yet."""

    programme: Programme
    status: State
    until: int | None = None
    figures: Figures | None = None


class Calendar(Protocol):
    """Programmes and their figures. Both may raise AskAgain."""

    async def programmes(self, channel: str, first: int, end: int) -> Sequence[Programme]:
        """What is on at some second of `first` <= s < `end`, by start; channel "": on any."""

    async def counted(self, channel: str, start: int) -> Sequence[Counted]:
        """The figures of what begins on that channel at that second; empty: nothing does."""


class NoCalendar:
    """The Calendar of a process that stores nothing."""

    async def programmes(self, _channel: str, _first: int, _end: int) -> Sequence[Programme]:
        """None."""
        return ()

    async def counted(self, _channel: str, _start: int) -> Sequence[Counted]:
        """None."""
        return ()
