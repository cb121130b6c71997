"""Instants as the API writes and reads them."""

import datetime as dt
from typing import Final

from audience.rules import whole_second

FIRST_YEAR: Final = 1970
END_YEAR: Final = 2106
_END: Final = 2**32  # where ClickHouse's DateTime ends, in 2106


def written(second: int) -> str:
    """`second` (s since the epoch) like 2026-11-25T12:03:07Z."""
    return dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> int:
    """The first whole second, in s since the epoch, at or after an ISO 8601 instant.

    Raises ValueError with what is wrong with it.
    """
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not an ISO 8601 instant such as 2026-11-25T12:03:07Z"
        raise ValueError(message) from None
    if instant.tzinfo is None:
        message = f"{text!r} has no offset: end it in Z, or in one such as +07:00"
        raise ValueError(message)
    elapsed = instant - dt.datetime.fromtimestamp(0, dt.UTC)
    second = whole_second(-(-elapsed // dt.timedelta(milliseconds=1)))
    if not 0 <= second < _END:
        message = f"{text!r} does not lie between {FIRST_YEAR} and {END_YEAR}"
        raise ValueError(message)
    return second
