"""When somebody watched, as the page itself saw it: by its media events and the viewer's marks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from tests.recordings_replay import Mark, Run

BEGINS: Final = frozenset({"playing"})
"""Of the media events, `play` is only the wish: the first frame comes with `playing`."""

CEASES: Final = frozenset({"pause", "ended"})
"""Seeking, stalling (`waiting`) and a hidden tab are none of these: the viewer still watches."""

LEAVES: Final = ("stop", "closeTab", "goto", 'call "zap"')
"""How marks begin with which the media goes away, without a media event.

After a zap, `playing` is logged again.
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `end` (excluded), in ms since the epoch."""

    start: int
    end: int


def watched(run: Run) -> list[Stretch]:
    """The stretches in which the page was watched: begun, and neither paused, ended nor left."""
    return list(_stretches(sorted([*_media(run), *_left(run.marks)])))


def total(stretches: Iterable[Stretch]) -> int:
    """Their lengths together, in ms."""
    return sum(each.end - each.start for each in stretches)


def apart(some: Iterable[Stretch], others: Iterable[Stretch]) -> int:
    """By how much the two differ at each instant, added up, in ms.

    Errors that cancel in the total add up here; who is there twice differs by one.
    """
    steps = Counter[int]()
    for sign, stretches in ((1, some), (-1, others)):
        for each in stretches:
            steps[each.start] += sign
            steps[each.end] -= sign
    instants = sorted(steps)
    heights = accumulate(steps[at] for at in instants)
    return sum(
        abs(h) * (end - at) for h, (at, end) in zip(heights, pairwise(instants), strict=False)
    )


def _media(run: Run) -> Iterator[tuple[int, bool]]:
    for event in run.page_log:
        if event.name in BEGINS | CEASES:
            yield event.at, event.name in BEGINS


def _left(marks: Iterable[Mark]) -> Iterator[tuple[int, bool]]:
    for mark in marks:
        if mark.action.startswith(LEAVES):
            yield mark.at, False


def _stretches(turns: Iterable[tuple[int, bool]]) -> Iterator[Stretch]:
    """`turns`: instants (ms), each with whether the page is watched from then on."""
    since: int | None = None
    for at, watching in turns:
        if watching and since is None:
            since = at
        elif not watching and since is not None:
            yield Stretch(since, at)
            since = None
    assert since is None, "every recorded page was left"
