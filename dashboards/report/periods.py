"""Periods of whole days, and the one before each."""

import calendar
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

DAY: Final = dt.timedelta(days=1)
MONTH: Final = re.compile(r"(\d{4})-(\d\d)\Z", re.ASCII)
LONGEST: Final = 400  # days
YEARS: Final = (1972, 2104)  # those that storage has days of, with the periods before and after


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included; `month`: they are a calendar month."""

    first: dt.date
    last: dt.date
    month: bool = False

    @classmethod
    def of_month(cls, text: str) -> "Period":
        """The calendar month, like 2026-11. Raises ValueError."""
        found = MONTH.match(text)
        if not found:
            message = f"{text!r} is not a month such as 2026-11"
            raise ValueError(message)
        first = dt.date(int(found[1]), int(found[2]), 1)
        return cls(_checked(first), _last_of(first), month=True)

    @classmethod
    def between(cls, first: dt.date, last: dt.date) -> "Period":
        """The days between two. Raises ValueError."""
        if last < first:
            message = f"{last} lies before {first}"
            raise ValueError(message)
        if (last - first).days >= LONGEST:
            message = f"a report spans at most {LONGEST} days"
            raise ValueError(message)
        return cls(_checked(first), last)

    @property
    def days(self) -> Sequence[dt.date]:
        """All its days."""
        return [self.first + n * DAY for n in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> "Period":
        """The month before a month; else as many days, up to the one before `first`."""
        last = self.first - DAY
        if self.month:
            return Period(last.replace(day=1), last, month=True)
        return Period(last - (self.last - self.first), last)


def stretches(days: Iterable[dt.date]) -> Iterator[Period]:
    """Days in order, as runs of days without a gap."""
    run: list[dt.date] = []
    for day in days:
        if run and day != run[-1] + DAY:
            yield Period(run[0], run[-1])
            run = []
        run.append(day)
    if run:
        yield Period(run[0], run[-1])


def _checked(first: dt.date) -> dt.date:
    if not YEARS[0] <= first.year <= YEARS[1]:
        message = f"{first} does not lie between {YEARS[0]} and {YEARS[1]}"
        raise ValueError(message)
    return first


def _last_of(first: dt.date) -> dt.date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])
