"""Figures of a period out of the figures of its days.

Only days that are settled count: what is provisional or missing is said, and never averaged in.
Reach is never added, neither over days nor over channels.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audience.figures import Figures
from audience.rules import ANYTHING
from dashboards.report.contents import Audience, DayRow, Figure, Name, Status, Value
from penonton.report.comparing import compared
from sinks.store import StoredDay

Found = tuple[float, dt.date | None, int | None]
"""A figure, the day it was on and the second."""

Days = Mapping[dt.date, Figures]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Stored days by channel. `days`: those that the period has in its zone."""

    days: Sequence[dt.date]
    by_channel: Mapping[str, Mapping[dt.date, StoredDay]]

    @classmethod
    def of(cls, days: Sequence[dt.date], stored: Sequence[StoredDay]) -> "Stretch":
        """Of what is stored, those days."""
        found: dict[str, dict[dt.date, StoredDay]] = {}
        wanted = set(days)
        for each in stored:
            if each.day in wanted:
                found.setdefault(each.channel, {})[each.day] = each
        return cls(days, found)

    def settled(self, channel: str) -> dict[dt.date, Figures]:
        """The channel's figures on the days that are final.

        A day is known once that of `*` is; nobody watched a channel that is not among its figures.
        Of a kind of channel that says nothing: kinds may have been named later.
        """
        ours = self.by_channel.get(channel, {})
        found = {}
        for day, each in self.by_channel.get(ANYTHING, {}).items():
            if each.status != "provisional":
                if day in ours:
                    found[day] = ours[day].figures
                elif not channel.startswith(ANYTHING) or not each.figures.watch_seconds:
                    found[day] = _nobody(each.figures)
        return found


def _nobody(of: Figures) -> Figures:
    return Figures(of.seconds, 0, None, 0, 0, 0)


def _average_reach(days: Days) -> Found:
    return sum(each.reach for each in days.values()) / len(days), None, None


def _highest_reach(days: Days) -> Found:
    day = max(days, key=lambda day: (days[day].reach, -day.toordinal()))
    return days[day].reach, day, None


def _highest_peak(days: Days) -> Found:
    day = max(days, key=lambda day: (days[day].peak_viewers, -day.toordinal()))
    return days[day].peak_viewers, day, days[day].peak_at


def _average_viewers(days: Days) -> Found:
    seconds = sum(each.seconds for each in days.values())
    return sum(each.watch_seconds for each in days.values()) / max(seconds, 1), None, None


def _watch_hours(days: Days) -> Found:
    return sum(each.watch_seconds for each in days.values()) / 3600, None, None


FIGURES: Final[dict[Name, Callable[[Days], Found]]] = {
    "average_reach": _average_reach,
    "highest_reach": _highest_reach,
    "highest_peak_viewers": _highest_peak,
    "average_viewers": _average_viewers,
    "watch_hours": _watch_hours,
}


def audience(now: Stretch, before: Stretch) -> list[Audience]:
    """`*` first, then kinds, then channels by how much they were watched."""
    found = []
    for channel in now.by_channel.keys() | {ANYTHING}:
        ours, theirs = now.settled(channel), before.settled(channel)
        watched = sum(1 for each in ours.values() if each.watch_seconds)
        figures = [_figure(name, (ours, now), (theirs, before)) for name in FIGURES]
        found.append(Audience(channel, watched, figures))
    return sorted(found, key=_rank)


def _figure(name: Name, now: tuple[Days, Stretch], before: tuple[Days, Stretch]) -> Figure:
    return compared(name, _value(name, *now), _value(name, *before))


def _value(name: Name, days: Days, of: Stretch) -> Value:
    if not days:
        return Value(None, 0, len(of.days))
    value, day, at = FIGURES[name](days)
    nobody = day is not None and not value
    return Value(value, len(days), len(of.days), None if nobody else day, at)


def _rank(each: Audience) -> tuple[bool, bool, float, str]:
    hours = next(figure.now.value for figure in each.figures if figure.name == "watch_hours")
    return (
        each.channel != ANYTHING,
        not each.channel.startswith(ANYTHING),
        -(hours or 0),
        each.channel,
    )


def day_rows(of: Stretch, today: dt.date, heard: Mapping[dt.date, int | None]) -> list[DayRow]:
    """A row a day of `*`; `today`: the day that is not over yet; `heard`: seconds of a day."""
    stored = of.by_channel.get(ANYTHING, {})
    return [
        _row(stored[day], heard.get(day)) if day in stored else DayRow(day, _absent(day, today))
        for day in of.days
    ]


def _absent(day: dt.date, today: dt.date) -> Status:
    return "missing" if day < today else "coming"


def _row(each: StoredDay, heard: int | None) -> DayRow:
    figures = each.figures
    return DayRow(
        each.day,
        each.status,
        figures.reach,
        figures.peak_viewers,
        figures.peak_at,
        figures.average_viewers,
        figures.watch_seconds / 3600,
        None if heard is None else heard / max(figures.seconds, 1),
    )
