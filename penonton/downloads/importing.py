"""What exports change in what is known: each day is taken from the export that was made last."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from penonton.downloads.exports import Export, Unreadable
from sinks.downloads import ExportDay, Told, whole

EPOCH: Final = dt.date(1970, 1, 1)
MOMENTS: Final = 44  # bits for the ms since the epoch at which a version was imported


@dataclass(frozen=True, slots=True)
class Changed:
    """First downloads of an app on a day that a newer export tells otherwise; None: not told."""

    day: ExportDay
    app: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import does: `told` is to be written.

    `rows`: what became of the days of each export. `changed`: what was known otherwise before.
    """

    told: Mapping[ExportDay, Told]
    rows: Sequence[Mapping[str, object]]
    changed: Sequence[Changed]


COLUMNS: Final = (
    "file",
    "store",
    "account",
    "division",
    "from",
    "to",
    "new",
    "changed",
    "same",
    "older",
)


def compared(exports: Sequence[Export], known: Mapping[ExportDay, Told], at: int) -> Outcome:
    """What the exports change in what is `known`, at `at` (ms since the epoch).

    Raises Unreadable for two that were made alike and tell a day differently.
    """
    latest: dict[ExportDay, Export] = {}
    for export in exports:
        for each in _days(export):
            latest[each] = _later(each, latest.get(each, export), export)
    told: dict[ExportDay, Told] = {}
    changed: list[Changed] = []
    rows = []
    for export in exports:
        fates = {each: _fate(each, export, latest[each], known) for each in _days(export)}
        rows.append(_row(export, list(fates.values())))
        for each, fate in fates.items():
            if fate in ("new", "changed"):
                told[each] = Told(_version(export, at), export.days[each.day])
            if fate == "changed":
                changed += _changes(each, known[each], told[each])
    return Outcome(told, rows, changed)


def _days(export: Export) -> Iterator[ExportDay]:
    for day in sorted(export.days):
        yield ExportDay(export.store.key, export.account, export.division, day)


def _later(each: ExportDay, one: Export, other: Export) -> Export:
    if one.reaches != other.reaches:
        return max(one, other, key=lambda export: export.reaches)
    if one.days[each.day] != other.days[each.day]:
        message = (
            f"{one.path} and {other.path} tell {each.day} differently, and nothing says which was "
            "made later: import them one after the other, the later one last"
        )
        raise Unreadable(message)
    return one


def _fate(each: ExportDay, export: Export, latest: Export, known: Mapping[ExportDay, Told]) -> str:
    rows, stands = export.days[each.day], known.get(each)
    if stands and stands.rows == rows:
        return "same"
    if latest is not export:
        return "same" if latest.days[each.day] == rows else "older"
    if stands is None:
        return "new"
    return "older" if _reached(stands) > export.reaches else "changed"


def _version(export: Export, at: int) -> int:
    return ((export.reaches - EPOCH).days << MOMENTS) + at


def _reached(told: Told) -> dt.date:
    return EPOCH + dt.timedelta(days=told.version >> MOMENTS)


def _changes(each: ExportDay, before: Told, after: Told) -> Iterator[Changed]:
    was, now = whole(before.rows), whole(after.rows)
    for app in sorted(was.keys() | now.keys()):
        stood, stands = (told[app].downloads if app in told else 0 for told in (was, now))
        if stood != stands:
            yield Changed(each, app, stood, stands)


def _row(export: Export, fates: Sequence[str]) -> Mapping[str, object]:
    row: dict[str, object] = {
        "file": str(export.path),
        "store": export.store.key,
        "account": export.account,
        "division": export.division,
        "from": min(export.days).isoformat(),
        "to": export.reaches.isoformat(),
    }
    return row | {fate: fates.count(fate) for fate in ("new", "changed", "same", "older")}
