"""Google Play Console's exports of installs: a file a package and month, a line a day.

UTF-16 with a byte order mark, or UTF-8 for who converted it as Google advises before BigQuery:
https://support.google.com/googleplay/android-developer/answer/6135870
"""

import codecs
import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from penonton.downloads.exports import GOOGLE_PLAY, Export, Unreadable
from penonton.downloads.tables import Row, decoded, fault, rows
from sinks.downloads import AppDownloads, Division

NAME: Final = re.compile(
    r"installs_(?P<package>[A-Za-z0-9_.]+)_(?P<month>\d{6})_(?P<dimension>[a-z_]+)"
    r"(?: ?\(\d+\))?\.csv\Z"
)
DIMENSIONS: Final[dict[str, Division]] = {"overview": "none", "country": "country"}

DAY: Final = "date"
PACKAGE: Final = "package name"
COUNTRY: Final = "country"
# "Installs by user" is "New users": https://support.google.com/googleplay/android-developer/answer/9419939
FIRST: Final = "daily user installs"
UPDATES: Final = "update events"
# All that a day can tell. While Google has not finished one, all of them are 0.
FIGURES: Final = (
    "daily device installs",
    FIRST,
    "active device installs",
    "install events",
    UPDATES,
)

ENCODINGS: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
UNKNOWN_COUNTRY: Final = "ZZ"


def read(path: Path, data: bytes) -> Export:
    """What the file tells. Raises Unreadable."""
    name = NAME.match(path.name)
    assert name, "whoever reads it looked at its name"
    division = DIMENSIONS[name["dimension"]]
    needed = [DAY, PACKAGE, FIRST] + [COUNTRY] * (division == "country")
    days: dict[dt.date, list[Row]] = {}
    places = set()
    for row in rows(path, _text(path, data), ",", needed):
        day = _day(row, name["month"])
        if row.cells[PACKAGE] != name["package"]:
            message = f"{PACKAGE} is {row.cells[PACKAGE]!r}, the file's name says another"
            raise row.fault(message)
        if (place := (day, row.cells.get(COUNTRY, ""))) in places:
            message = f"{day} stands there twice"
            raise row.fault(message)
        places.add(place)
        days.setdefault(day, []).append(row)
    told = {day: _told(found, division) for day, found in days.items()}
    if not told:
        message = f"{path}: not a line under its header"
        raise Unreadable(message)
    for day in _unfinished(days):
        told[day] = frozenset(
            AppDownloads(each.app, each.country, None, None, None) for each in told[day]
        )
    return Export(path, GOOGLE_PLAY, name["package"], division, told)


def _text(path: Path, data: bytes) -> str:
    encoding = ENCODINGS.get(data[:2], "utf-8-sig")
    text = decoded(path, data, encoding)
    if "\0" in text:
        message = "bytes of 0: UTF-16 that has lost its byte order mark? Export it again"
        raise fault(path, 1, message)
    if text and not text.endswith("\n"):
        raise fault(path, text.count("\n") + 1, "the line has no end: the file is cut off")
    return text


def _day(row: Row, month: str) -> dt.date:
    day = row.day(DAY, "%Y-%m-%d")
    if f"{day:%Y%m}" != month:
        message = f"{day} lies outside of the month that the file's name says, {month}"
        raise row.fault(message)
    return day


def _told(found: Sequence[Row], division: Division) -> frozenset[AppDownloads]:
    return frozenset(
        AppDownloads(
            app=row.cells[PACKAGE],
            country=(row.cells[COUNTRY] or UNKNOWN_COUNTRY) if division == "country" else "",
            downloads=row.count(FIRST),
            redownloads=None,  # Google tells them nowhere apart
            updates=row.count(UPDATES),
        )
        for row in found
    )


def _unfinished(days: dict[dt.date, list[Row]]) -> list[dt.date]:
    """The last days of the file, if nothing but 0 is told of them after days with something."""
    told = {
        day: any(row.count(figure) for row in found for figure in FIGURES)
        for day, found in days.items()
    }
    finished = [day for day, something in told.items() if something]
    return [day for day in days if finished and day > max(finished)]
