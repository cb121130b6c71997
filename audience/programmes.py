"""Programmes: what was on a channel, and when."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from audience.spans import Span

BEFORE: Final = 600
"""s before a special from which on its audience is expected to come."""
AFTER: Final = 1_200
"""s after a special in which its audience is expected to go."""


@dataclass(frozen=True, slots=True, order=True)
class Programme:
    """What a channel shows from `start` to `end` (s since the epoch, `end` excluded).

    `special`: an audience out of the usual is expected. `source`: who said so, a file's name.
    """

    start: int
    channel: str
    title: str
    end: int
    special: bool = False
    source: str = ""

    @property
    def span(self) -> Span:
        """Its seconds."""
        return Span(self.start, self.end)


def scheduled(programmes: Iterable[Programme], second: int) -> dict[str, bool]:
    """By channel of these programmes, whether a special is on, about to be, or just over."""
    found: dict[str, bool] = {}
    for each in programmes:
        on = each.special and each.start - BEFORE <= second < each.end + AFTER
        found[each.channel] = found.get(each.channel, False) or on
    return found


def overlaps(programmes: Iterable[Programme]) -> Iterator[tuple[Programme, Programme]]:
    """(earlier, later): programmes of a channel of which the later begins before the other ends."""
    for same in by_channel(programmes).values():
        longest = same[0]
        for each in same[1:]:
            if each.start < longest.end:
                yield longest, each
            if each.end > longest.end:
                longest = each


def by_channel(programmes: Iterable[Programme]) -> dict[str, list[Programme]]:
    """The programmes of each channel, in order of time."""
    found: defaultdict[str, list[Programme]] = defaultdict(list)
    for each in sorted(programmes):
        found[each.channel].append(each)
    return found
