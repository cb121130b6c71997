"""A report as rows, a figure each: what JSON and CSV hold, in no language."""

from collections.abc import Iterable, Iterator
from typing import Final

from dashboards.report.contents import Figure, Report, Value
from dashboards.web.instants import written

COLUMNS: Final = (
    "from",
    "to",
    "zone",
    "about",
    "of",
    "app",
    "figure",
    "value",
    "day",
    "at",
    "known_days",
    "days",
    "since",
    "before",
    "before_known_days",
    "before_days",
    "change",
    "definition",
)


Row = dict[str, object]


def rows(report: Report) -> Iterator[Row]:
    """A row (COLUMNS) a figure; what is not known, or does not apply, is None."""
    period: Row = {"from": report.period.first.isoformat(), "to": report.period.last.isoformat()}
    definition = "+".join(map(str, report.definitions)) or None
    for each in report.audience:
        same = {**period, "zone": report.zone.key, "about": "audience", "of": each.channel}
        same |= {"app": None, "since": None, "definition": definition}
        yield from _figures(same, each.figures)
    for app in report.downloads:
        same = {**period, "zone": app.zone, "about": "downloads", "of": app.store, "app": app.app}
        same |= {"since": app.since.isoformat(), "definition": None}
        yield from _figures(same, app.figures)


def _figures(same: Row, figures: Iterable[Figure]) -> Iterator[Row]:
    for figure in figures:
        now, before = figure.now, figure.before
        yield {
            **same,
            "figure": figure.name,
            "value": now.value,
            "day": now.day and now.day.isoformat(),
            "at": _at(now),
            "known_days": now.known,
            "days": now.days,
            "before": before.value,
            "before_known_days": before.known,
            "before_days": before.days,
            "change": figure.change,
        }


def _at(value: Value) -> str | None:
    return None if value.at is None else written(value.at)
