"""The levels of the last hour and a bit: for the chart, and for what storage cannot answer yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from audience.levels import Levels

SPAN = 3_900  # s of final levels that are remembered
JOINED = 60  # s, at most about, of levels that are put together


@dataclass(frozen=True, slots=True)
class Recent:
    """`final` blocks in order of time and the `provisional` one behind them.

    Frozen, so that any thread may read it. `first`: the first second (s) that is known here, nobody
    watching where no block is. `dark`: seconds [first, end) in which nothing was collected, so that
    nothing is known of them.
    """

    first: int
    final: Sequence[Levels] = ()
    provisional: Levels | None = None
    dark: Sequence[tuple[int, int]] = ()

    def after(self, final: Sequence[Levels], provisional: Levels) -> "Recent":
        """With what became final since, and what is provisional now."""
        oldest = provisional.end - SPAN
        kept = [levels for levels in (*self.final, *final) if levels.end > oldest]
        return Recent(
            max(self.first, oldest),
            _joined(kept),
            provisional,
            [gap for gap in self.dark if gap[1] > oldest],
        )

    def counts(self, channel: str, first: int, end: int) -> Iterator[tuple[int, int, int, bool]]:
        """(second, viewers, sessions, final) of each second of [first, end) with somebody."""
        for levels in self._blocks():
            if channel not in levels.channels:
                continue
            c = levels.channels.index(channel)
            start, stop = max(first, levels.first), min(end, levels.end)
            for second in range(start, stop):
                sessions = int(levels.sessions[c, second - levels.first])
                if sessions:
                    viewers = int(levels.viewers[c, second - levels.first])
                    yield second, viewers, sessions, levels is not self.provisional

    def peaks(self, channel: str, first: int, step: int, steps: int) -> list[int | None]:
        """Most viewers at one second of each step from `first` (s) on; None: nothing is known."""
        known = np.full(steps * step, -1, np.int64)
        end = self.provisional.end if self.provisional else self.first
        known[max(self.first - first, 0) : max(end - first, 0)] = 0
        for levels in self._blocks():
            start, stop = max(first, levels.first), min(first + len(known), levels.end)
            if channel in levels.channels and start < stop:
                row = levels.viewers[levels.channels.index(channel)]
                known[start - first : stop - first] = row[
                    start - levels.first : stop - levels.first
                ]
        for start, stop in self.dark:
            known[max(start - first, 0) : max(stop - first, 0)] = -1
        highest = known.reshape(steps, step).max(axis=1)
        return [None if peak < 0 else int(peak) for peak in highest]

    def _blocks(self) -> Iterator[Levels]:
        yield from self.final
        if self.provisional is not None:
            yield self.provisional


def _joined(blocks: Sequence[Levels]) -> list[Levels]:
    """The same levels in fewer blocks: those of about a minute are put together."""
    joined: list[Levels] = []
    for levels in blocks:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.end == levels.first
            and last.channels == levels.channels
            and levels.end - last.first <= JOINED
        ):
            joined[-1] = Levels(
                last.channels,
                last.first,
                np.concatenate((last.viewers, levels.viewers), axis=1),
                np.concatenate((last.sessions, levels.sessions), axis=1),
            )
        else:
            joined.append(levels)
    return joined
