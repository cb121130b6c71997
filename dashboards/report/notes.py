"""What must be read with a report's figures, a sentence each."""

from collections.abc import Iterator
from typing import Final

from dashboards.report.contents import DayRow, Report, Status
from dashboards.report.speaking import Speaking

COUNTED: Final[tuple[Status, ...]] = ("final", "restated")
NOT_COUNTED: Final[tuple[tuple[Status, str], ...]] = (
    ("provisional", "note_provisional"),
    ("missing", "note_missing"),
    ("coming", "note_coming"),
)


def notes(report: Report, speaking: Speaking) -> Iterator[str]:
    """Which days are counted and which are not, what cannot be added, and by which definition."""
    say = speaking.say
    counted = sum(1 for row in report.days if row.status in COUNTED)
    known = {"known": counted, "days": len(report.days)}
    yield say("note_days_complete" if counted == len(report.days) else "note_days_known", **known)
    for status, key in NOT_COUNTED:
        days = [row for row in report.days if row.status == status]
        if days:
            yield say(key, days=_listed(days, speaking))
    partly = [_heard(row, speaking) for row in report.days if row.status in COUNTED]
    if any(partly):
        yield say("note_incomplete", days=", ".join(filter(None, partly)))
    yield from _of_stores(report, speaking)
    yield say("note_devices")
    yield say("note_change")
    if report.definitions:
        yield say("note_definition", version=" + ".join(map(str, report.definitions)))


def _of_stores(report: Report, speaking: Speaking) -> Iterator[str]:
    for app in report.downloads:
        named = {"store": speaking.say(app.store), "app": app.app}
        if app.missing:
            yield speaking.say("note_store_missing", **named, days=speaking.periods(app.missing))
        if app.missing_total:
            days = speaking.periods(app.missing_total)
            yield speaking.say("note_store_total", **named, days=days)
    zones = {f"{speaking.say(app.store)}: {app.zone}": None for app in report.downloads}
    if zones:
        yield speaking.say("note_stores", zones="; ".join(zones))


def _listed(days: list[DayRow], speaking: Speaking) -> str:
    return ", ".join(speaking.short_day(row.day) for row in days)


def _heard(row: DayRow, speaking: Speaking) -> str:
    if row.heard is None or row.heard >= 1:
        return ""
    return f"{speaking.short_day(row.day)} ({speaking.share(row.heard)})"
