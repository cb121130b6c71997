"""Changes of disjoint viewers, added up to the levels and the figures of a day."""

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
class _Runs:
    """Stretches in which nothing changes, by channel and time; `code` indexes `channels`."""

    channels: list[str]
    code: Numbers
    start: Numbers
    stop: Numbers
    viewers: Numbers
    sessions: Numbers


class Sum:
    """What all viewers added so far amount to in a day."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self._changes = CHANGES.empty_table()

    def add(self, changes: pa.Table) -> None:
        """Adds some (CHANGES) of viewers who were not added yet."""
        both = pa.concat_tables([self._changes, changes.select(CHANGES.names).cast(CHANGES)])
        summed = both.group_by(["channel", "second"]).aggregate([(name, "sum") for name in COUNTS])
        self._changes = summed.rename_columns(
            [name.removesuffix("_sum") for name in summed.column_names]
        ).select(CHANGES.names)

    def figures(self) -> dict[str, Figures]:
        """Of every channel watched in the day, and of `*`."""
        found = {ANYTHING: Figures.nobody(self.day)}
        runs = self._runs()
        if not runs.channels:
            return found
        heads = np.searchsorted(runs.code, np.arange(len(runs.channels)))
        peak = np.maximum.reduceat(runs.viewers, heads)
        watched = np.add.reduceat(runs.viewers * (runs.stop - runs.start), heads)
        tops = np.flatnonzero(runs.viewers == peak[runs.code])
        first_top = tops[np.searchsorted(runs.code[tops], np.arange(len(runs.channels)))]
        attended = self._attended()
        for c, channel in enumerate(runs.channels):
            reach, sessions = attended[channel]
            found[channel] = Figures(
                seconds=len(self.day.seconds),
                peak_viewers=int(peak[c]),
                peak_at=int(runs.start[first_top[c]]),
                watch_seconds=int(watched[c]),
                reach=reach,
                sessions=sessions,
            )
        return found

    @property
    def watched(self) -> int:
        """How many levels there are: seconds with someone, of all channels."""
        runs = self._runs()
        return int((runs.stop - runs.start)[runs.viewers > 0].sum())

    def levels(self, first: int, end: int) -> pa.Table:
        """Columns channel, second, viewers, sessions: every second of [first, end) with someone."""
        runs = self._runs()
        start, stop = np.maximum(runs.start, first), np.minimum(runs.stop, end)
        of = np.flatnonzero((runs.viewers > 0) & (start < stop))
        length = stop[of] - start[of]
        each = np.repeat(of, length)
        into = np.arange(len(each)) - np.repeat(np.cumsum(length) - length, length)
        names = pa.array(runs.channels, pa.string())
        return pa.table(
            {
                "channel": pa.DictionaryArray.from_arrays(runs.code[each].astype("i4"), names),
                "second": pa.array(start[each] + into),
                "viewers": pa.array(runs.viewers[each]),
                "sessions": pa.array(runs.sessions[each]),
            }
        )

    def _runs(self) -> _Runs:
        changes = self._changes.sort_by([("channel", "ascending"), ("second", "ascending")])
        names = changes["channel"].combine_chunks().dictionary_encode()
        code: Numbers = names.indices.to_numpy().astype(np.int64)
        start = _numbers(changes, "second")
        # Whoever comes goes again, at the end of the day at the latest: each channel ends at 0.
        return _Runs(
            channels=cast("list[str]", names.dictionary.to_pylist()),
            code=code,
            start=start,
            stop=np.where(np.diff(code, append=-1) == 0, np.append(start[1:], 0), start),
            viewers=np.cumsum(_numbers(changes, "viewers")),
            sessions=np.cumsum(_numbers(changes, "sessions")),
        )

    def _attended(self) -> dict[str, tuple[int, int]]:
        found = self._changes.group_by("channel").aggregate([("reach", "sum"), ("attended", "sum")])
        return {
            row["channel"]: (row["reach_sum"], row["attended_sum"]) for row in found.to_pylist()
        }


def _numbers(table: pa.Table, name: str) -> NDArray[Any]:
    return table[name].to_numpy()
