"""What a request asks, checked: whatever is wrong becomes a 400 with a sentence."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.exceptions import HTTPException

from audience.rules import ANYTHING
from dashboards.report.periods import Period
from dashboards.report.phrases import Language
from dashboards.web import instants
from dashboards.web.answers import CHANNEL
from dashboards.web.policy import Policy

_CHANNEL = re.compile(CHANNEL.replace("$", r"\Z"))
_T = TypeVar("_T")
_UNESCAPED = re.compile(r" (\d\d:?\d\d)\Z")
DAY = 86_400
LONGEST_SEASON = 8 * DAY
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


def channel(query: Mapping[str, str]) -> str:
    """The channel asked for; `*` when none is."""
    name = query.get("channel") or ANYTHING
    if not _CHANNEL.match(name):
        _refuse(
            "channel must be * or a name of at most 64 characters out of a-z 0-9 . _ -, "
            "beginning with a letter or digit; * before it makes it a kind's"
        )
    return name


def stretch(query: Mapping[str, str], policy: Policy) -> tuple[int, int]:
    """The seconds asked for: from (included) to (excluded), in s since the epoch."""
    first, end = (_checked(name, instants.read, _needed(name, query)) for name in ("from", "to"))
    if end <= first:
        _refuse("to must lie after from")
    if end - first > policy.longest_range:
        _refuse(
            f"from and to lie {end - first} s apart; one answer spans at most "
            f"{policy.longest_range} s: ask for one day after the other"
        )
    return first, end


def season(query: Mapping[str, str], now: int) -> tuple[int, int]:
    """The seconds of a calendar asked for: a day from `now` (s) on where nothing is said."""
    first = instant("from", query["from"]) if query.get("from") else now
    end = instant("to", query["to"]) if query.get("to") else first + DAY
    if end <= first:
        _refuse("to must lie after from")
    if end - first > LONGEST_SEASON:
        _refuse(f"one answer spans at most {LONGEST_SEASON // DAY} days: ask for fewer")
    return first, end


def instant(name: str, text: str) -> int:
    """The second that an ISO 8601 instant names."""
    # A + that is not escaped in an address arrives as a space.
    return _checked(name, instants.read, _UNESCAPED.sub(r"+\1", text))


def zone(query: Mapping[str, str], policy: Policy) -> ZoneInfo:
    """The time zone asked for; the page's when none is."""
    return _checked("zone", _zone, query.get("zone") or policy.zone)


def date(text: str) -> dt.date:
    """The local day asked for."""
    return _checked("day", _date, text)


def period(query: Mapping[str, str], today: dt.date) -> Period:
    """The month asked for, or the days; this month when neither is."""
    first, last = query.get("from"), query.get("to")
    if first or last:
        days = [_checked(name, _date, _needed(name, query)) for name in ("from", "to")]
        return _checked("to", lambda _: Period.between(*days), "")
    return _checked("month", Period.of_month, query.get("month") or f"{today:%Y-%m}")


def language(query: Mapping[str, str]) -> Language:
    """The language asked for; Indonesian when none is."""
    return _checked("language", Language, query.get("language") or Language.id)


def _needed(name: str, query: Mapping[str, str]) -> str:
    text = query.get(name)
    if not text:
        _refuse(f"{name} is missing: an ISO 8601 instant such as 2026-11-25T12:03:07Z")
    # A + that is not escaped in an address arrives as a space.
    return _UNESCAPED.sub(r"+\1", text)


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    # A name that is too long or names a folder of the time zone database is an OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{text!r} is not a time zone; expected a name like Asia/Jakarta"
        raise ValueError(message) from None


def _date(text: str) -> dt.date:
    # fromisoformat alone would take 2026W011.
    if not _DATE.match(text):
        message = f"{text!r} is not a date such as 2026-11-25"
        raise ValueError(message)
    day = dt.date.fromisoformat(text)
    if not instants.FIRST_YEAR < day.year < instants.END_YEAR:
        message = f"{text!r} does not lie between {instants.FIRST_YEAR} and {instants.END_YEAR}"
        raise ValueError(message)
    return day


def _checked(name: str, reading: Callable[[str], _T], text: str) -> _T:
    try:
        return reading(text)
    except ValueError as error:
        _refuse(f"{name}: {error}")


def _refuse(sentence: str) -> NoReturn:
    raise HTTPException(400, sentence)
