"""The two evaluations that compute history: the fold and the SQL query."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from audience.days import Day
from audience.figures import Figures
from audience.fold import Fold
from audience.reports import Reports, concatenated
from audience.rules import ANYTHING, Rules
from audience.totals import Totals
from ingest.log.encoding import columns
from ingest.log.lines import Reject, columns_from_json_lines, from_json_lines
from penonton.backfill.reading import fault, pieces
from sinks import definition
from sinks.engine import Engine
from sinks.store import Store

Found = dict[Day, dict[str, Figures]]
STRETCH = 1_000_000  # reports fed between two looks at the days
LINES = 50_000  # in one Arrow batch


def by_fold(
    files: Sequence[Path], zone: ZoneInfo, rules: Rules, identify: Callable[[str], str]
) -> Found:
    """The figures of every day with a watched second.

    Holds all reports in memory, about 100 bytes each.
    """
    parts = []
    for path, before, piece in pieces(files):
        try:
            parts.append(columns_from_json_lines(piece, identify))
        except Reject as reject:
            raise fault(path, before, reject) from reject
    reports = concatenated(parts)
    if not len(reports):
        return {}
    in_order = reports.take(np.argsort(reports.t, kind="stable"))
    return folded(replace(in_order, received=in_order.t), zone, rules)


def folded(reports: Reports, zone: ZoneInfo, rules: Rules) -> Found:
    """The same of reports in order of `t`: none is late, so nothing need be waited for."""
    longest = int(reports.interval.max(initial=rules.max_interval))
    fold, totals = Fold(Rules(lateness=0, max_interval=longest)), Totals([zone])
    found: Found = {}
    for start in range(0, len(reports), STRETCH):
        fold.feed(reports.take(slice(start, start + STRETCH)))
        _close(fold, totals, found)
    fold.advance(fold.watermark + 2 * 86_400_000)
    _close(fold, totals, found)
    return found


def by_sql(
    engine: Engine,
    files: Sequence[Path],
    zone: ZoneInfo,
    rules: Rules,
    identify: Callable[[str], str],
) -> Found:
    """The same by the SQL query, over a table that is gone afterwards."""
    store = Store(engine)
    first, last, longest = None, 0, rules.max_interval
    with store.scratch_reports() as table:
        for path, before, piece in pieces(files):
            lines = piece.splitlines(keepends=True)
            for start in range(0, len(lines), LINES):
                try:
                    batch = from_json_lines(b"".join(lines[start : start + LINES]), identify)
                except Reject as reject:
                    raise fault(path, before + start, reject) from reject
                reports = columns(batch)
                if len(reports):
                    store.insert_reports(batch, table)
                    least = int(reports.t.min())
                    first = least if first is None else min(first, least)
                    last = max(last, int(reports.t.max()))
                    longest = max(longest, int(reports.interval.max()))
        if first is None:
            return {}
        rules = Rules(rules.lateness, longest)
        days = _days(first // 1000, (last + rules.max_bridge) // 1000, zone)
        figures = definition.figures(engine, table, days, rules)
    return _watched(dict(zip(days, figures, strict=True)))


def _days(first: int, last: int, zone: ZoneInfo) -> list[Day]:
    days = [Day.of(first, zone)]
    while days[-1].end <= last:
        days.append(days[-1].next)
    return days


def _close(fold: Fold, totals: Totals, found: Found) -> None:
    over = {each.day: each.figures(fold) for each in totals.follow(fold, fold.take_final())}
    found.update(_watched(over))


def _watched(found: Found) -> Found:
    return {day: figures for day, figures in found.items() if figures[ANYTHING].watch_seconds}
