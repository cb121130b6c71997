"""What is known of the audience at one moment: what pages, gauges and the live API show."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from audience.figures import Figures

EndReason = Literal["reported", "timeout"]


@dataclass(frozen=True, slots=True)
class ChannelNow:
    """Counts of a channel (or `*`) at the snapshot's second.

    `unconfirmed`: open sessions among `sessions` that are past their interval and not yet past
    their bridge.
    """

    channel: str
    viewers: int
    sessions: int
    unconfirmed: int


@dataclass(frozen=True, slots=True)
class Today:
    """The figures of a zone's current day so far, final and provisional seconds together."""

    zone: str
    date: dt.date
    channel: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen answer; whoever shows it compares `watermark` with the clock to say how fresh it is.

    `at`: the newest provisional second (s since the epoch). `watermark`: everything received until
    then (ms) is counted. `final_until`: the last final second (s). `completeness`: partitions heard
    of / partitions that exist. `now`: `*` first, then channels by name. `ends` and `late` count
    since the process started.
    """

    at: int
    watermark: int
    final_until: int
    completeness: float
    now: Sequence[ChannelNow]
    today: Sequence[Today]
    ends: Mapping[tuple[str, EndReason], int] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
