"""Local days of a time zone: from an hour of the wall clock to the same hour of the next date."""

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a time zone; its instants are whole seconds since the epoch.

    It begins at the first instant at which the zone's clocks show `starts` o'clock of `date`, or
    later: where they skip that hour, when they skip it; where they show it twice, the first time.
    So every instant is in one day. A day has 24 hours; 23 or 25 where the clocks are changed; and
    none where its date was left out.
    """

    date: dt.date
    zone: ZoneInfo
    starts: int = 0

    @property
    def first(self) -> int:
        """The first second of the day."""
        return _first_reading(dt.datetime.combine(self.date, dt.time(self.starts)), self.zone)

    @property
    def end(self) -> int:
        """The first second after the day."""
        return _later(self, 1).first

    @property
    def seconds(self) -> range:
        """All seconds of the day."""
        return range(self.first, self.end)

    @property
    def next(self) -> "Day":
        """The day that begins where this one ends: the next that has a second."""
        following = _later(self, 1)
        while not following.seconds:
            following = _later(following, 1)
        return following

    @classmethod
    def of(cls, second: int, zone: ZoneInfo, starts: int = 0) -> "Day":
        """The day that the instant `second` (s since the epoch) lies in."""
        shown = dt.datetime.fromtimestamp(second, zone).replace(tzinfo=None)
        day = cls((shown - dt.timedelta(hours=starts)).date(), zone, starts)
        while second < day.first:
            day = _later(day, -1)
        while second >= day.end:
            day = _later(day, 1)
        return day


def _later(day: Day, dates: int) -> Day:
    return replace(day, date=day.date + dt.timedelta(days=dates))


def _first_reading(reading: dt.datetime, zone: ZoneInfo) -> int:
    """The first second at which the zone's clocks show this, or later."""
    # Of two such instants zoneinfo gives the first. One that is skipped it moves by as much as the
    # clocks are; and had the clocks been changed before, it would have come as much earlier.
    found = int(reading.replace(tzinfo=zone).timestamp())
    if _shown(found, zone) == reading:
        return found
    before = int(reading.replace(tzinfo=zone, fold=1).timestamp())
    while found - before > 1:
        middle = (before + found) // 2
        if _shown(middle, zone) < reading:
            before = middle
        else:
            found = middle
    return found


def _shown(second: int, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.fromtimestamp(second, zone).replace(tzinfo=None)
