"""The incremental fold: reports in, levels out, equal to the definition for every second."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audience.fold import kernel, memory, table
from audience.fold.noted import REASONS, Notes
from audience.levels import Levels
from audience.reports import Reports
from audience.rules import Rules, of_kind
from audience.snapshot import EndReason

MARGIN = 3_000  # ms kept beyond what exactness needs, for rounding and steps of a second
STEP = 1_000  # ms that a step of the watermark may be in any case; below MARGIN by rounding
LEAP = 60_000  # ms of the longest single step of the watermark, see `_leap`
AHEAD = 2_000  # ms that clock repair lets `t` lie after `received`
MOST_CHANNELS = 65_535  # beside `*`, in 16 bits


class Fold:
    """Counts reports as they come: in any order within the lateness, each once or many times.

    Time is the watermark (ms since the epoch): everything received before it has been fed. A second
    is final once the watermark is past it by `rules.settling`; levels of the seconds after that are
    provisional and as of the watermark. Memory holds the reports of the last `rules.settling` and
    nothing older; it does not grow with time. `noting`: `notes` are kept until they are taken.
    """

    def __init__(self, rules: Rules, *, noting: bool = False) -> None:
        self.rules = rules
        self.channels = list(rules.groups)
        self._codes = {name: code for code, name in enumerate(self.channels) if code}
        keep = rules.settling + MARGIN
        empty = memory.new_memory(rules.lateness, keep, keep // 1000 + LEAP // 1000)
        self._memory = memory.grown_channels(empty, self.channels, self._kinds())
        # In one step a session must not be forgotten while another of its viewer's, whose bridge
        # runs out in the same step, is taken back to when the first one still watched.
        self._leap = min(LEAP, max(rules.lateness, STEP))
        self._asked: Sequence[str] = ()
        self._asked_codes = np.empty(0, np.int32)
        self._started = False
        self._final_until = 0
        self._viewers = np.zeros(len(self.channels), np.int32)  # at the last final second
        self._sessions = np.zeros(len(self.channels), np.int32)
        self._final: list[Levels] = []
        self._changes: list[NDArray[Any]] = []
        self.notes = Notes(self.channels) if noting else None
        self._hashes = np.zeros(kernel.STRIDE, np.uint64)
        self._found = np.zeros(kernel.STRIDE, np.int64)

    @property
    def started(self) -> bool:
        """Whether there is a watermark yet."""
        return self._started

    @property
    def watermark(self) -> int:
        """Everything received before this instant (ms) has been counted."""
        return int(self._memory.scalars["watermark"][0])

    @property
    def final_until(self) -> int:
        """The last final second."""
        return self._final_until

    @property
    def groups(self) -> int:
        """How many of `channels`, the first, are `*` and kinds."""
        return len(self.rules.groups)

    def kinds_of(self, codes: NDArray[np.int32]) -> NDArray[np.int32]:
        """The codes of the kinds of these channels, 0 where one has none."""
        return self._memory.kinds[codes]

    @property
    def live_sessions(self) -> int:
        """Sessions remembered."""
        return int(self._memory.scalars["live"][0])

    @property
    def duplicates(self) -> int:
        """Reports that were fed before."""
        return int(self._memory.scalars["duplicates"][0])

    @property
    def nbytes(self) -> int:
        """Bytes of memory in use for sessions and reports."""
        scalars = self._memory.scalars[0]
        growing = {"rows": int(scalars["rows"]), "nodes": int(scalars["lap"])}
        return sum(
            memory.in_use(array, growing.get(name, len(array)))
            for name, array in self._memory._asdict().items()
        )

    def know(self, channels: Sequence[str]) -> NDArray[np.int32]:
        """The codes (places in `channels`) of these channels, known before or not.

        Raises ValueError, and knows none of them, when they would be more than MOST_CHANNELS.
        """
        new = [name for name in dict.fromkeys(channels) if name not in self._codes]
        if len(self._codes) + len(new) > MOST_CHANNELS:
            message = f"more than {MOST_CHANNELS} channels cannot be counted together"
            raise ValueError(message)
        for name in new:
            self._codes[name] = len(self.channels)
            self.channels.append(name)
        if more := len(new):
            self._memory = memory.grown_channels(self._memory, self.channels, self._kinds())
            self._viewers = np.pad(self._viewers, (0, more))
            self._sessions = np.pad(self._sessions, (0, more))
        return np.array([self._codes[name] for name in channels], np.int32)

    def feed(self, reports: Reports) -> None:
        """Counts these reports.

        The watermark follows their `received`, which should not go backwards much. An interval
        longer than `rules.max_interval` is taken as that: memory reaches no further back. Raises
        ValueError, and counts none of them, where `know` does.
        """
        if not len(reports):
            return
        moments = np.maximum.accumulate(np.maximum(reports.received, reports.t - AHEAD))
        if reports.channels != self._asked:  # most batches name the same channels
            self._asked, self._asked_codes = reports.channels, self.know(reports.channels)
        interval = np.minimum(reports.interval, np.int32(self.rules.max_interval))
        if not self._started:
            self._start(int(moments[0]))
        columns = _read_only(
            reports.t, reports.viewer, reports.session, reports.channel, self._asked_codes,
            reports.state, reports.playhead, interval, reports.seq,
        )  # fmt: skip
        at, end = 0, len(reports)
        while at < end:
            stop = end
            if moments[-1] >= self.watermark + 1000:
                stop = int(np.searchsorted(moments, self.watermark + 1000))
            if stop <= at:
                self.advance(int(moments[at]))
                continue
            last = min(stop, at + kernel.STRIDE)
            self._make_room(last - at)
            first, limit = at, self.watermark - self.rules.lateness
            at = kernel.apply(  # type: ignore[call-arg]  # mypy cannot know the columns to be nine
                self._memory, *columns, at, last, self._hashes, self._found
            )
            self._drain()
            if self.notes:
                late = reports.t[first:at] < limit
                if late.any():
                    codes = self._asked_codes[reports.channel[first:at][late]]
                    self.notes.note_late(reports.t[first:at][late], codes, self.watermark // 1000)
        self.advance(max(self.watermark, int(moments[-1])))

    def advance(self, watermark: int) -> None:
        """Time passes: bridges run out, seconds become final.

        A watermark (ms) before the present one changes nothing.
        """
        if not self._started:
            self._start(watermark)
        while self.watermark < watermark:
            leap = watermark if self._is_empty() else min(watermark, self.watermark + self._leap)
            if leap // 1000 == self.watermark // 1000:
                self._memory.scalars["watermark"] = leap
            else:
                self._expire(leap, at_once=False)
            self._finalise(self.rules.final_until(leap))

    def provisional(self) -> Levels:
        """Levels of the seconds that are not final yet, up to the watermark and as of it."""
        self._expire(self.watermark, at_once=True)
        return self._levels(self._final_until + 1, self.watermark // 1000 + 1)

    def nobody(self) -> Levels:
        """Levels of no second at all."""
        return self._levels(self._final_until + 1, self._final_until + 1)

    def take_final(self) -> list[Levels]:
        """Levels that became final since the last call, in order of time.

        Stretches of nobody are left out.
        """
        final, self._final = self._final, []
        return final

    def take_changes(self) -> NDArray[Any]:
        """Where sessions began or ceased to watch (`memory.CHANGE`) since the last call.

        Untaken, they pile up.
        """
        changes, self._changes = self._changes, []
        if len(changes) == 1:  # what concatenating it would cost is a third of a small feed
            return changes[0]
        return np.concatenate(changes) if changes else np.empty(0, memory.CHANGE)

    def unconfirmed(self) -> NDArray[np.int64]:
        """By channel: open sessions past their interval and not past their bridge.

        Reads every session remembered.
        """
        self._expire(self.watermark, at_once=True)
        counts = np.zeros(len(self.channels), np.int64)
        kernel.unconfirmed(self._memory, counts)
        return counts

    def late(self) -> dict[str, int]:
        """By channel: reports further than the lateness behind the watermark, not counted."""
        return {name: int(n) for name, n in zip(self.channels, self._memory.late, strict=True) if n}

    def ends(self) -> dict[tuple[str, EndReason], int]:
        """By channel: watching sessions that said they end, or whose bridge ran out unheard."""
        self._expire(self.watermark, at_once=True)
        return {
            (name, reason): int(count)
            for name, counts in zip(
                self.channels[self.groups :], self._memory.ends[self.groups :], strict=True
            )
            for reason, count in zip(REASONS, counts, strict=True)
        }

    def _kinds(self) -> list[int]:
        kinds = self.rules.kinds
        return [self._codes[of_kind(kinds[n])] if n in kinds else 0 for n in self.channels]

    def _start(self, watermark: int) -> None:
        self._started = True
        self._memory.scalars["watermark"] = watermark
        self._final_until = self.rules.final_until(watermark)

    def _expire(self, watermark: int, *, at_once: bool) -> None:
        while not kernel.advance(self._memory, watermark, at_once):
            self._drain()
        self._drain()

    def _make_room(self, n: int) -> None:
        self._memory = memory.grown_nodes(memory.grown_rows(self._memory, n), n)
        needed = self.live_sessions + n
        if needed * 4 > len(self._memory.sessions) * 3:
            larger = memory.power_of_two(needed * 2)
            sessions, viewers = memory.empty_table(larger), memory.empty_table(larger)
            table.rebuild(self._memory.sessions, sessions)
            table.rebuild(self._memory.viewers, viewers)
            self._memory = self._memory._replace(sessions=sessions, viewers=viewers)

    def _drain(self) -> None:
        n = int(self._memory.scalars["changes"][0])
        if n:
            self._changes.append(self._memory.changes[:n].copy())
            self._memory.scalars["changes"] = 0

    def _is_empty(self) -> bool:
        return (
            not self.live_sessions
            and not self._sessions.any()
            and not self._memory.session_steps.any()
            and not self._memory.end_counts.any()
        )

    def _levels(self, first: int, end: int) -> Levels:
        columns = np.arange(first, end) & (self._memory.viewer_steps.shape[1] - 1)
        return Levels(
            channels=tuple(self.channels),
            first=first,
            viewers=self._viewers[:, None]
            + np.cumsum(self._memory.viewer_steps[:, columns], axis=1, dtype=np.int32),
            sessions=self._sessions[:, None]
            + np.cumsum(self._memory.session_steps[:, columns], axis=1, dtype=np.int32),
        )

    def _finalise(self, until: int) -> None:
        if until <= self._final_until:
            return
        if not self._is_empty():
            levels = self._levels(self._final_until + 1, until + 1)
            self._viewers, self._sessions = levels.viewers[:, -1], levels.sessions[:, -1]
            columns = np.arange(levels.first, levels.end) & (self._memory.viewer_steps.shape[1] - 1)
            self._memory.viewer_steps[:, columns] = 0
            self._memory.session_steps[:, columns] = 0
            if self.notes:
                self.notes.note_ends(self._memory.end_counts[:, columns], levels.first)
            self._memory.end_counts[:, columns] = 0
            self._final.append(levels)
        self._final_until = until


def _read_only(*columns: NDArray[Any]) -> list[NDArray[Any]]:
    # Some come out of Arrow and cannot be written; numba would compile each mix anew.
    return [column if _is_plain(column) else _plain(column) for column in columns]


def _is_plain(column: NDArray[Any]) -> bool:
    flags = column.flags
    return flags.c_contiguous and not flags.writeable


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    view = np.ascontiguousarray(column).view()
    view.flags.writeable = False
    return view
