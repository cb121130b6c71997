"""The two evaluations that compute history: the fold and the SQL query."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from audience.days import Day
from audience.figures import Figures
from audience.fold import Fold
from audience.fold.fold import MOST_CHANNELS
from audience.reports import Reports, concatenated
from audience.rules import ANYTHING, Rules
from audience.totals import Totals
from ingest.log.encoding import columns
from ingest.log.lines import Reject, columns_from_json_lines, from_json_lines
from penonton.backfill.reading import Unreadable, fault, pieces
from sinks import definition
from sinks.engine import Engine
from sinks.store import Store

Found = dict[Day, dict[str, Figures]]
STRETCH = 1_000_000  # reports fed between two looks at the days
SILENCE = 2 * 86_400_000  # ms after which no day of the reports before is left
MOMENT = 900_000  # ms, about when a report was: a small set even of many years
LINES = 50_000  # in one Arrow batch


def by_fold(
    files: Sequence[Path], zone: ZoneInfo, rules: Rules, identify: Callable[[str], str]
) -> Found:
    """The figures of every day with a watched second.

    Holds all reports in memory, up to 200 bytes each while they are sorted.
    """
    reports = _read(files, identify)
    if len(reports.channels) > MOST_CHANNELS:
        message = f"{len(reports.channels)} channels are too many for this engine: use --engine sql"
        raise Unreadable(message)
    reports = reports.take(np.argsort(reports.t, kind="stable"))
    return folded(replace(reports, received=reports.t), zone, rules)


def _read(files: Sequence[Path], identify: Callable[[str], str]) -> Reports:
    parts = []
    for path, before, piece in pieces(files):
        try:
            parts.append(columns_from_json_lines(piece, identify))
        except Reject as reject:
            raise fault(path, before, reject) from reject
    return concatenated(parts)


def folded(reports: Reports, zone: ZoneInfo, rules: Rules) -> Found:
    """The same of reports in order of `t`: none is late, so nothing need be waited for."""
    longest = int(reports.interval.max(initial=rules.max_interval))
    rules = replace(rules, lateness=0, max_interval=longest)
    found: Found = {}
    # Days of silence are passed over: a report of a wrong year must not cost a year of days.
    silences = np.flatnonzero(np.diff(reports.t) > SILENCE) + 1
    for start, end in pairwise([0, *silences.tolist(), len(reports)]):
        if start < end:
            _fold(reports.take(slice(start, end)), zone, rules, found)
    return found


def _fold(reports: Reports, zone: ZoneInfo, rules: Rules, found: Found) -> None:
    fold, totals = Fold(rules), Totals([zone], rules.day_starts)
    for start in range(0, len(reports), STRETCH):
        fold.feed(reports.take(slice(start, start + STRETCH)))
        _close(fold, totals, found)
    fold.advance(fold.watermark + SILENCE)
    _close(fold, totals, found)


def by_sql(
    engine: Engine,
    files: Sequence[Path],
    zone: ZoneInfo,
    rules: Rules,
    identify: Callable[[str], str],
) -> Found:
    """The same by the SQL query, over a table that is gone afterwards."""
    store = Store(engine)
    moments, longest = set[int](), rules.max_interval
    with store.scratch_reports() as table:
        for path, before, piece in pieces(files):
            lines = piece.split(b"\n")
            for start in range(0, len(lines), LINES):
                try:
                    batch = from_json_lines(b"\n".join(lines[start : start + LINES]), identify)
                except Reject as reject:
                    raise fault(path, before + start, reject) from reject
                reports = columns(batch)
                if len(reports):
                    store.insert_reports(batch, table)
                    moments.update(np.unique(reports.t // MOMENT).tolist())
                    longest = max(longest, int(reports.interval.max()))
        rules = replace(rules, max_interval=longest)
        days = _days(moments, rules, zone)
        figures = definition.figures(engine, table, days, rules)
    return _watched(dict(zip(days, figures, strict=True)))


def _days(moments: Iterable[int], rules: Rules, zone: ZoneInfo) -> list[Day]:
    """Those that a report of one of these moments can be watched in: no day fits into a bridge."""
    seconds = {m * MOMENT // 1000 for m in moments}
    ends = {second + (MOMENT + rules.max_bridge) // 1000 for second in seconds}
    days = {Day.of(second, zone, rules.day_starts) for second in seconds | ends}
    return sorted(days, key=lambda day: day.date)


def _close(fold: Fold, totals: Totals, found: Found) -> None:
    over = {each.day: each.figures(fold) for each in totals.follow(fold, fold.take_final())}
    found.update(_watched(over))


def _watched(found: Found) -> Found:
    return {day: figures for day, figures in found.items() if figures[ANYTHING].watch_seconds}
