"""What the pages need to know, and what they are given for it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.figures import Figures
from audience.snapshot import EndReason, Snapshot
from dashboards.report.contents import Report
from dashboards.report.periods import Period

Status = Literal["provisional", "final", "restated"]


class AskAgain(Exception):  # a Numbers raises it, pages answer 503
    """The numbers cannot be read now; whoever asked should ask again after `seconds`."""

    def __init__(self, message: str, seconds: int = 1) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Level:
    """Viewers and sessions watching a channel (or `*`) at `second` (s since the epoch).

    `final`: no report can change it any more, save through a restatement.
    """

    second: int
    viewers: int
    sessions: int
    final: bool


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The figures of a local day for a channel (or `*`), and how settled they are."""

    channel: str
    figures: Figures
    status: Status


@dataclass(frozen=True, slots=True)
class Hour:
    """The last hour of a channel (or `*`) in steps of `step` s.

    `first`: where the first step begins (s since the epoch). `peaks`: most viewers watching at one
    second of each step; None where it is not known, which is not 0.
    """

    first: int
    step: int
    peaks: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Readiness:
    """`waiting_for`: what must still happen before the numbers hold; empty when ready."""

    waiting_for: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that a backfill changed at `at` (ms); None: there was none."""

    at: int
    figure: str
    before: float | None
    after: float | None
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of how the figures of a day and channel came about; None: not known.

    `heard`: seconds of the day. `reports`: of the day and channel that storage has; `late`,
    `replayed`, `refused`: of that day and channel; `refused_elsewhere`: refused ones of the day
    whose channel is not known, for `*` among the `refused`. `ends`: sessions that stopped watching,
    by how. `query`: SQL that finds the figures again. `erased`: when (ms) reports were last erased.
    """

    day: Day
    figures: DayFigures
    definition: int
    heard: int | None
    reports: int | None
    late: int | None
    replayed: int | None
    refused: int | None
    refused_elsewhere: int | None
    ends: Mapping[EndReason, int] | None
    query: str | None
    changes: Sequence[Change] = ()
    erased: int | None = None


class Numbers(Protocol):
    """Everything the page and the API show. What is async may raise AskAgain."""

    def live(self) -> Snapshot | None:
        """What is known now; None before anything was counted.

        Each open page asks once a second.
        """

    def viewers(self, channel: str, second: int) -> int | None:
        """Viewers watching a channel (or `*`) at a second of the last hour; None: not known."""

    def readiness(self) -> Readiness:
        """Whether the numbers can be relied on."""

    async def levels(self, channel: str, first: int, end: int) -> Sequence[Level]:
        """The seconds in `first` <= s < `end` at which somebody watched, in order, final or not."""

    async def day(self, date: dt.date, zone: ZoneInfo) -> Sequence[DayFigures]:
        """The figures of that day, `*` first, then channels by name; empty: nothing is known."""

    async def receipt(self, date: dt.date, zone: ZoneInfo, channel: str) -> Receipt | None:
        """How the figures of that day and channel came about; None: nothing is known of them."""

    async def last_hour(self, channel: str) -> Hour:
        """The hour that ends now; a channel never heard of was watched by nobody."""

    async def report(self, period: Period, zone: ZoneInfo, starts: int) -> Report | None:
        """The figures of a period of days that begin at hour `starts`; None: none are stored."""
