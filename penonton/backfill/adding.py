"""Changes of disjoint viewers, added up to the levels and the figures of a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audience.days import Day
from audience.figures import Figures
from audience.rules import ANYTHING

COUNTS: Final = ("viewers", "sessions", "reach", "attended")
_COLUMNS: Final[dict[str, pa.DataType]] = {
    "channel": pa.string(),
    "second": pa.int64(),
    **dict.fromkeys(COUNTS, pa.int64()),
}
CHANGES: Final = pa.schema(_COLUMNS)
"""By how much the numbers of a channel change at a second, as `sinks.definition.changes` says."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Stretches:
    """Of a channel, in order of time: from `start` to `stop` its numbers stay the same."""

    start: Numbers
    stop: Numbers
    viewers: Numbers
    sessions: Numbers


class Sum:
    """What all viewers added so far amount to in a day.

    A channel at a time: each has at most a row a second, so neither what is kept nor what adding
    takes grows with the number of viewers.
    """

    def __init__(self, day: Day) -> None:
        self.day = day
        self._changes: dict[str, Numbers] = {}
        """By channel, rows of CHANGES but the channel: seconds in order, then COUNTS."""

    def add(self, changes: pa.Table) -> None:
        """Adds some (CHANGES) of viewers who were not added yet."""
        for channel, more in _by_channel(changes.select(CHANGES.names).cast(CHANGES)):
            known = self._changes.get(channel)
            both = more if known is None else np.concatenate([known, more], axis=1)
            self._changes[channel] = _summed(both)

    def figures(self) -> dict[str, Figures]:
        """Of every channel watched in the day, and of `*`."""
        found = {ANYTHING: Figures.nobody(self.day)}
        for channel, changes in sorted(self._changes.items()):
            stretches = _stretches(changes)
            top = np.argmax(stretches.viewers)  # the first of equals
            _, _, _, reach, attended = changes.sum(axis=1)
            found[channel] = Figures(
                seconds=len(self.day.seconds),
                peak_viewers=int(stretches.viewers[top]),
                peak_at=int(stretches.start[top]),
                watch_seconds=int(stretches.viewers @ (stretches.stop - stretches.start)),
                reach=int(reach),
                sessions=int(attended),
            )
        return found

    @property
    def watched(self) -> int:
        """How many levels there are: seconds with someone, of all channels."""
        each = map(_stretches, self._changes.values())
        return sum(int((of.stop - of.start)[of.viewers > 0].sum()) for of in each)

    def levels(self, first: int, end: int) -> pa.Table:
        """Columns channel, second, viewers, sessions: every second of [first, end) with someone."""
        tables = [
            _levels(channel, _stretches(changes), first, end)
            for channel, changes in sorted(self._changes.items())
        ]
        return pa.concat_tables(tables) if tables else _LEVELS.empty_table()


_LEVELS: Final = pa.schema({name: CHANGES.field(name).type for name in CHANGES.names[:4]})


def _by_channel(changes: pa.Table) -> Iterator[tuple[str, Numbers]]:
    if not changes.num_rows:
        return
    names = changes["channel"].combine_chunks().dictionary_encode()
    code = names.indices.to_numpy()
    order = np.argsort(code, kind="stable")
    columns = np.stack([_numbers(changes, name)[order] for name in ("second", *COUNTS)])
    bounds = np.searchsorted(code[order], np.arange(1, len(names.dictionary)))
    channels = cast("list[str]", names.dictionary.to_pylist())
    yield from zip(channels, np.split(columns, bounds, axis=1), strict=True)


def _summed(changes: Numbers) -> Numbers:
    """In order of time, each second once."""
    ordered = changes[:, np.argsort(changes[0], kind="stable")]
    seconds, heads = np.unique(ordered[0], return_index=True)
    return np.vstack([seconds, np.add.reduceat(ordered[1:], heads, axis=1)])


def _stretches(changes: Numbers) -> _Stretches:
    second, viewers, sessions, _, _ = changes
    # Whoever comes goes again, at the end of the day at the latest: it ends with nobody.
    stop = np.append(second[1:], second[-1])
    return _Stretches(second, stop, np.cumsum(viewers), np.cumsum(sessions))


def _levels(channel: str, of: _Stretches, first: int, end: int) -> pa.Table:
    start, stop = np.maximum(of.start, first), np.minimum(of.stop, end)
    some = np.flatnonzero((of.viewers > 0) & (start < stop))
    length = stop[some] - start[some]
    each = np.repeat(some, length)
    into = np.arange(len(each)) - np.repeat(np.cumsum(length) - length, length)
    names = pa.repeat(pa.scalar(channel), len(each))
    columns = [names, start[each] + into, of.viewers[each], of.sessions[each]]
    return pa.table(columns, schema=_LEVELS)


def _numbers(table: pa.Table, name: str) -> NDArray[Any]:
    return table[name].to_numpy()
