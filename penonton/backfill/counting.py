"""How many reports there are, and of which days."""

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from audience.days import Day
from audience.rules import Rules
from sinks.raw import MOMENT, Moments

EVER: Final = 253_402_300_800_000  # ms: after every report that can be stored


def touched(moments: Moments, zone: ZoneInfo, rules: Rules) -> list[Day]:
    """The days that a report of these moments can be watched in: no day fits into a bridge."""
    seconds = moments.moment * MOMENT
    ends = seconds + MOMENT + rules.max_bridge // 1000
    days = {
        Day.of(int(second), zone, rules.day_starts) for second in np.concatenate([seconds, ends])
    }
    return sorted(days, key=lambda day: day.date)


def count(moments: Moments, day: Day) -> int:
    """About how many reports there are in a day: those of its moments."""
    first, end = np.searchsorted(moments.moment, np.array([day.first, day.end]) // MOMENT)
    return int(moments.reports[first:end].sum())
