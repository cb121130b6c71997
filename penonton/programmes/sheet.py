"""CSV: the columns channel, title, start, end, and special where there is one."""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from audience.programmes import Programme
from penonton.programmes.reading import Reading, Unreadable, Wrong, checked, title

NEEDED: Final = ("channel", "title", "start", "end")
KNOWN: Final = (*NEEDED, "special")
SPECIAL: Final = {
    "": False,
    "0": False,
    "no": False,
    "false": False,
    "1": True,
    "yes": True,
    "true": True,
}


def programmes(data: bytes, reading: Reading, source: str) -> list[Programme]:
    """Those of a CSV file in UTF-8 with a line of headings; raises Unreadable with the line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"line {line}: not UTF-8; save it as CSV in UTF-8"
        raise Unreadable(message) from error
    # Where the comma is the decimal sign, spreadsheets write semicolons.
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found = []
    try:
        names = _headings(next(lines, []))
        for cells in lines:
            each = _programme(names, cells, reading, source) if any(cells) else None
            if each is not None:
                found.append(each)
    except (Wrong, csv.Error) as error:
        message = f"line {max(lines.line_num, 1)}: {error}"
        raise Unreadable(message) from error
    return found


def second(text: str, zone: ZoneInfo) -> int:
    """Of `2026-11-25 19:00`, told by `zone` where it has no offset: s since the epoch.

    Raises Wrong.
    """
    try:
        when = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        message = f"{text!r} is no time like 2026-11-25 19:00 or 2026-11-25T19:00:00+07:00"
        raise Wrong(message) from None
    if when.tzinfo is None:
        when = _local(when, zone)
    return int(when.timestamp())


def _local(when: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """That time on the zone's clocks; raises Wrong where they show it twice or never."""
    one, other = when.replace(tzinfo=zone), when.replace(tzinfo=zone, fold=1)
    if one.utcoffset() != other.utcoffset():
        message = f"{when} comes twice or never in {zone}, where clocks are put: add the offset"
        raise Wrong(message)
    return one


def _headings(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    wanted = f"the first line names {', '.join(NEEDED)} and, if wanted, special"
    if missing := [name for name in NEEDED if name not in names]:
        message = f"no column {missing[0]}: {wanted}"
        raise Wrong(message)
    if odd := [name for name in names if name not in KNOWN or names.count(name) > 1]:
        message = f"column {odd[0]!r} is unknown or there twice: {wanted}"
        raise Wrong(message)
    return names


def _programme(
    names: Sequence[str], cells: Sequence[str], reading: Reading, source: str
) -> Programme | None:
    if len(cells) != len(names):
        message = f"{len(cells)} cells under {len(names)} headings"
        raise Wrong(message)
    said = dict(zip(names, cells, strict=True))
    channel = reading.channel(said["channel"].strip())
    start, end = (second(said[name], reading.zone) for name in ("start", "end"))
    special = SPECIAL.get(said.get("special", "").strip().lower())
    if special is None:
        message = f"special is {said['special']!r}: say yes or no"
        raise Wrong(message)
    if channel is None:
        return None
    return checked(Programme(start, channel, title(said["title"]), end, special, source))
