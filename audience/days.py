"""Local days: 23, 24 or 25 hours from 00:00 to 00:00 of a time zone."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day of a time zone; its instants are whole seconds since the epoch."""

    date: dt.date
    zone: ZoneInfo

    @property
    def first(self) -> int:
        """The first second of the day."""
        return _midnight(self.date, self.zone)

    @property
    def end(self) -> int:
        """The first second after the day."""
        return _midnight(self.date + dt.timedelta(days=1), self.zone)

    @property
    def seconds(self) -> range:
        """All seconds of the day."""
        return range(self.first, self.end)

    @property
    def next(self) -> "Day":
        """The day after."""
        return Day(self.date + dt.timedelta(days=1), self.zone)

    @classmethod
    def of(cls, second: int, zone: ZoneInfo) -> "Day":
        """The day that the instant `second` (s since the epoch) lies in."""
        return cls(dt.datetime.fromtimestamp(second, zone).date(), zone)


def _midnight(date: dt.date, zone: ZoneInfo) -> int:
    # Where a day begins twice or not at all, zoneinfo's fold=0 gives its first instant.
    return int(dt.datetime.combine(date, dt.time(), zone).timestamp())
