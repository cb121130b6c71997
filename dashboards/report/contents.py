"""What is in a report: figures that say of which days they are, and of which they are not."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from dashboards.report.periods import Period

Name = Literal[
    "average_reach",
    "highest_reach",
    "highest_peak_viewers",
    "average_viewers",
    "watch_hours",
    "new_downloads",
    "total_downloads",
    "redownloads",
    "updates",
]
"""A figure's name."""

Status = Literal["final", "restated", "provisional", "missing", "coming"]
"""How settled a day is; only the first two are counted in figures."""


@dataclass(frozen=True, slots=True)
class Value:
    """Of a period; None: not known. It is of `known` of the period's `days`.

    `day`: the day it was on; `at`: the second (s since the epoch).
    """

    value: float | None
    known: int
    days: int
    day: dt.date | None = None
    at: int | None = None

    @property
    def complete(self) -> bool:
        """Whether it is of all days."""
        return self.known == self.days


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the period and of the one before.

    `change`: by which share of `before` it differs; None where the two cannot be compared.
    """

    name: Name
    now: Value
    before: Value
    change: float | None


@dataclass(frozen=True, slots=True)
class Audience:
    """Of a channel, a kind of channel (`*tv`), or `*`; `watched`: on how many of the known days."""

    channel: str
    watched: int
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Downloads:
    """Of an app in a store; `zone`: whose days its store counts in.

    `since`: the first day that is known. `missing`: days of the period that no export tells, so
    far; `missing_total`: the same of all days since.
    """

    store: str
    app: str
    zone: str
    since: dt.date
    missing: Sequence[Period]
    missing_total: Sequence[Period]
    figures: Sequence[Figure]

    @property
    def told(self) -> Sequence[Figure]:
        """The figures that the store tells: redownloads are not told apart by all."""
        always = ("new_downloads", "total_downloads")
        return [each for each in self.figures if each.name in always or each.now.known]


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day of `*`; None: not known. `peak_at`: s since the epoch.

    `heard`: the share of its seconds at which all partitions were heard.
    """

    day: dt.date
    status: Status
    reach: int | None = None
    peak_viewers: int | None = None
    peak_at: int | None = None
    average_viewers: float | None = None
    watch_hours: float | None = None
    heard: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the page says.

    `starts`: the hour at which days begin. `made`: when it was made (s since the epoch).
    `definitions`: the versions of the definition that its days were counted by.
    """

    period: Period
    before: Period
    zone: ZoneInfo
    starts: int
    made: int
    definitions: Sequence[int]
    audience: Sequence[Audience]
    downloads: Sequence[Downloads]
    days: Sequence[DayRow]
