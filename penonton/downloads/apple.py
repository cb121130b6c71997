"""App Store Connect's daily summary sales reports: a file a vendor and day, tab-separated, gzipped.

https://developer.apple.com/help/app-store-connect/reference/summary-sales-report and
https://developer.apple.com/help/app-store-connect/reference/product-type-identifiers
"""

import datetime as dt
import gzip
import re
import zlib
from pathlib import Path
from typing import Final, Literal

from penonton.downloads.exports import APP_STORE, Export, Unreadable
from penonton.downloads.tables import Row, decoded, fault, rows
from sinks.downloads import AppDownloads

NAME: Final = re.compile(
    r"S_D_(?P<vendor>\d+)_(?P<day>\d{8})(?: ?\(\d+\))?\.txt(?P<gzipped>\.gz)?\Z"
)

TYPE: Final = "product type identifier"
UNITS: Final = "units"
BEGIN: Final = "begin date"
END: Final = "end date"
COUNTRY: Final = "country code"
APP: Final = "apple identifier"

Kind = Literal["downloads", "redownloads", "updates"]
KINDS: Final[dict[str, Kind | None]] = {
    "1": "downloads",
    "1F": "downloads",
    "1T": "downloads",
    "F1": "downloads",
    "1E": "downloads",
    "1EP": "downloads",
    "1EU": "downloads",
    "3": "redownloads",
    "3F": "redownloads",
    "3T": "redownloads",
    "7": "updates",
    "7F": "updates",
    "7T": "updates",
    "F7": "updates",
    # A bundle, which is sold as a product of its own; and what is bought inside an app.
    "1-B": None,
    "F1-B": None,
    "FI1": None,
    "IA1": None,
    "IA1-M": None,
    "IA3": None,
    "IA9": None,
    "IA9-M": None,
    "IAC": None,
    "IAY": None,
    "IAY-M": None,
}
"""What a line counts, by Apple's product type identifiers; None: no download of an app."""

COUNTED: Final[tuple[Kind, ...]] = ("downloads", "redownloads", "updates")


def read(path: Path, data: bytes) -> Export:
    """What the file tells. Raises Unreadable."""
    name = NAME.match(path.name)
    assert name, "whoever reads it looked at its name"
    text = decoded(path, _unpacked(path, data) if name["gzipped"] else data, "utf-8-sig")
    if not name["gzipped"] and not text.endswith("\n"):
        message = "the line has no end: the file is cut off; import the .txt.gz"
        raise fault(path, text.count("\n") + 1, message)
    day = dt.date.fromisoformat(name["day"])
    found: dict[tuple[str, str], dict[Kind, int]] = {}
    for row in rows(path, text, "\t", [TYPE, UNITS, BEGIN, END, COUNTRY, APP]):
        _check(row, day)
        kind, units = KINDS[row.cells[TYPE]], _units(row)
        if kind:
            place = row.cells[APP], row.cells[COUNTRY]
            found.setdefault(place, dict.fromkeys(COUNTED, 0))[kind] += units
    told = [AppDownloads(app, country, **counts) for (app, country), counts in found.items()]
    # A report that names no app still says that there was nothing.
    nothing = AppDownloads("", "", 0, 0, 0)
    return Export(path, APP_STORE, name["vendor"], "country", {day: frozenset(told or [nothing])})


def _unpacked(path: Path, data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{path}: not a whole gzip file: {error}"
        raise Unreadable(message) from error


def _check(row: Row, day: dt.date) -> None:
    for column in (BEGIN, END):
        if (found := row.day(column, "%m/%d/%Y")) != day:
            message = (
                f"{column} is {found}, and the file's name says {day}: only daily reports count"
            )
            raise row.fault(message)
    if row.cells[TYPE] not in KINDS:
        message = f"{TYPE} {row.cells[TYPE]!r} is none that is known; docs/stores.md lists them"
        raise row.fault(message)
    if not row.cells[APP]:
        message = f"{APP} is empty"
        raise row.fault(message)


def _units(row: Row) -> int:
    """The units; a refund, which Apple writes as negative units, undoes no download."""
    text = row.cells[UNITS]
    if not re.fullmatch(r"-?\d+", text, re.ASCII):
        message = f"{UNITS} is {text!r}, not a number"
        raise row.fault(message)
    return max(int(text), 0)
