"""The two evaluations that compute history: the fold and the SQL query, some viewers at a time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audience.attendance import Attendance
from audience.days import Day
from audience.fold import Fold
from audience.levels import Levels
from audience.rules import Rules
from penonton.backfill.adding import CHANGES, Numbers, Sum
from sinks import definition
from sinks.raw import RawReports, Viewers

STRETCH: Final = 1_000_000  # reports fed at once
MINUTE: Final = 60_000  # ms

Evaluation = Callable[[RawReports, Day, Rules, Viewers], pa.Table]
"""The changes (`adding.CHANGES`) of some viewers in a day."""


def by_sql(raw: RawReports, day: Day, rules: Rules, viewers: Viewers) -> pa.Table:
    """By the query."""
    return definition.changes(raw.engine, raw.table, day.first, day.end, rules, viewers)


def by_fold(raw: RawReports, day: Day, rules: Rules, viewers: Viewers) -> pa.Table:
    """By the fold, whose time goes on by MINUTE: steps of a second would cost more than reports."""
    since, until = needed(day, rules)
    rules = replace(rules, lateness=MINUTE)
    reports = raw.reports(since, until, viewers)
    reports = replace(reports, received=(reports.t // MINUTE + 1) * MINUTE)
    fold, steps = Fold(rules), _Steps(day)
    attendance = Attendance(day, groups=fold.groups)
    for start in range(0, len(reports), STRETCH):
        fold.feed(reports.take(slice(start, start + STRETCH)))
        _follow(fold, attendance, steps)
    fold.advance(day.end * 1000 + rules.settling)
    _follow(fold, attendance, steps)
    reach, sessions = attendance.count(day.end - 1, len(fold.channels), final=True)
    return pa.concat_tables(
        [steps.changes(fold.channels), _attended(day, fold.channels, reach, sessions)]
    )


ENGINES: Final[dict[str, Evaluation]] = {"fold": by_fold, "sql": by_sql}

PART: Final = 1_000_000
"""Reports at a time: they keep both below a gigabyte of memory, and more at once cost no less."""


def evaluate(
    raw: RawReports, day: Day, rules: Rules, engine: str, parts: int, told: Callable[[float], None]
) -> Sum:
    """A day in so many parts, each of other viewers; `told` learns of each share done (0 to 1)."""
    evaluation, total = ENGINES[engine], Sum(day)
    if day.seconds:
        since, until = needed(day, rules)
        of = raw.parts(since, until, parts)
        for viewers in of:
            total.add(evaluation(raw, day, rules, viewers))
            told(1 / len(of))
    return total


def needed(day: Day, rules: Rules) -> tuple[int, int]:
    """The stretch of time (ms) whose reports say everything about a day."""
    return day.first * 1000 - 2 * rules.max_bridge, day.end * 1000 + rules.max_bridge


def _follow(fold: Fold, attendance: Attendance, steps: "_Steps") -> None:
    attendance.book(fold.take_changes(), final=True)
    for levels in fold.take_final():
        steps.take(levels)


def _attended(day: Day, channels: list[str], reach: Numbers, sessions: Numbers) -> pa.Table:
    watched = np.flatnonzero(sessions)
    zeros = np.zeros(len(watched), np.int64)
    first = zeros + day.first
    names = _names(channels, watched)
    return pa.table([names, first, zeros, zeros, reach[watched], sessions[watched]], schema=CHANGES)


class _Steps:
    """Where the levels of a day change, out of levels that come in order of time."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._until = day.first
        self._viewers = np.zeros(0, np.int64)
        self._sessions = np.zeros(0, np.int64)
        self._found: list[tuple[Numbers, Numbers, Numbers, Numbers]] = []

    def take(self, levels: Levels) -> None:
        """The next ones; between them and those before was nobody."""
        first, end = max(levels.first, self._day.first), min(levels.end, self._day.end)
        if first >= end:
            return
        if first > self._until:
            self._leave(len(levels.channels))
        columns = slice(first - levels.first, end - levels.first)
        viewers, sessions = levels.viewers[:, columns], levels.sessions[:, columns]
        self._step(first, viewers, sessions)
        self._viewers, self._sessions = viewers[:, -1].astype("i8"), sessions[:, -1].astype("i8")
        self._until = end

    def changes(self, channels: list[str]) -> pa.Table:
        """All of them (`adding.CHANGES`); whoever still watches leaves at the end."""
        self._leave(len(channels))
        code, second, viewers, sessions = (
            np.concatenate([np.zeros(0, np.int64), *columns])
            for columns in zip(*self._found, strict=True)
        )
        zeros = np.zeros(len(code), np.int64)
        names = _names(channels, code)
        return pa.table([names, second, viewers, sessions, zeros, zeros], schema=CHANGES)

    def _leave(self, channels: int) -> None:
        nobody = np.zeros((channels, 1), np.int64)
        self._step(self._until, nobody, nobody)
        self._viewers = self._sessions = np.zeros(0, np.int64)

    def _step(self, first: int, viewers: NDArray[Any], sessions: NDArray[Any]) -> None:
        """Notes where these differ from the second before."""
        by_viewers = np.diff(viewers, prepend=_column(self._viewers, len(viewers)))
        by_sessions = np.diff(sessions, prepend=_column(self._sessions, len(sessions)))
        code, into = np.nonzero(by_viewers | by_sessions)
        self._found.append((code, into + first, by_viewers[code, into], by_sessions[code, into]))


def _column(known: Numbers, channels: int) -> NDArray[np.int64]:
    return np.pad(known, (0, channels - len(known)))[:, None]


def _names(channels: list[str], codes: Numbers) -> "pa.Array[Any]":
    return pa.array([channels[code] for code in codes.tolist()], pa.string())
