"""The truth: who really watched, second by second."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from audience.definition import Watch
from audience.levels import Levels
from audience.rules import ANYTHING
from audience.states import WATCHING
from penonton.simulate.people import Visit


def watches(visit: Visit) -> Iterator[Watch]:
    """Every stretch of watching in a visit, in true time.

    A session is its own viewer where its protocol names none.
    """
    for playback in (playback for screen in visit.screens for playback in screen):
        viewer = visit.player.viewer if visit.player.habits.viewer else playback.session
        for moment, until in playback.stretches:
            if moment.state in WATCHING:
                yield Watch(viewer, playback.session, moment.channel, moment.at, until)


class Truth:
    """Counts the visits that pass; `levels` answers for seconds up to the last arrival."""

    def __init__(self) -> None:
        self._viewers: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._sessions: defaultdict[tuple[str, int], int] = defaultdict(int)

    def watching(self, visits: Iterable[Visit]) -> Iterator[Visit]:
        """The same visits, counted as they pass."""
        for visit in visits:
            self.add(visit)
            yield visit

    def add(self, visit: Visit) -> None:
        """Count a visit."""
        spans: defaultdict[tuple[str, str], list[range]] = defaultdict(list)
        for watch in watches(visit):
            for channel in (watch.channel, ANYTHING):
                _change(self._sessions, channel, watch.seconds)
                spans[watch.viewer, channel].append(watch.seconds)
        for (_, channel), seconds in spans.items():
            for span in _union(seconds):
                _change(self._viewers, channel, span)

    def levels(self, first: int, end: int, stopped: int | None = None) -> Levels:
        """True viewers and sessions of the seconds `first` to `end` (excluded), `*` first.

        `stopped`: from this second on nobody watches, whatever the visits had planned.
        """
        channels = sorted({channel for channel, _ in self._sessions} | {ANYTHING})
        return Levels(
            channels=channels,
            first=first,
            viewers=_summed(self._viewers, channels, (first, end), stopped),
            sessions=_summed(self._sessions, channels, (first, end), stopped),
        )


def _change(changes: defaultdict[tuple[str, int], int], channel: str, seconds: range) -> None:
    changes[channel, seconds.start] += 1
    changes[channel, seconds.stop] -= 1


def _union(seconds: list[range]) -> Iterator[range]:
    start = stop = None
    for span in sorted(seconds, key=lambda span: span.start):
        if start is None or stop is None or span.start > stop:
            if start is not None and stop is not None:
                yield range(start, stop)
            start, stop = span.start, span.stop
        stop = max(stop, span.stop)
    if start is not None and stop is not None:
        yield range(start, stop)


def _summed(
    changes: defaultdict[tuple[str, int], int],
    channels: list[str],
    span: tuple[int, int],
    stopped: int | None,
) -> NDArray[np.int32]:
    first, end = span
    steps = np.zeros((len(channels), end - first), np.int32)
    for (channel, second), by in changes.items():
        if second < end:
            steps[channels.index(channel), max(0, second - first)] += by
    counts = np.cumsum(steps, axis=1, dtype=np.int32)
    if stopped is not None:
        counts[:, max(0, stopped - first) :] = 0
    return counts
