"""The JSON answers as structs: /openapi.json is made from what is sent."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from dashboards.web.calendar import State
from dashboards.web.numbers import Status

CHANNEL: Final = r"^(\*|\*?[a-z0-9][a-z0-9._-]{0,63})$"

Instant = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
        description="A whole second, UTC",
        examples=["2026-11-25T12:03:07Z"],
    ),
]
Channel = Annotated[
    str,
    Meta(pattern=CHANNEL, description="A channel; * for any channel, *tv for any of the kind tv"),
]
Date = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\d$",
        description="A local day of the zone",
        examples=["2026-11-25"],
    ),
]
DayFirst = Annotated[Instant, Meta(description="The first second of that day")]
DayEnd = Annotated[Instant, Meta(description="The first second after that day")]
Zone = Annotated[str, Meta(description="An IANA time zone", examples=["Asia/Jakarta"])]
Count = Annotated[int, Meta(ge=0)]
Viewers = Annotated[
    int, Meta(ge=0, description="Distinct viewers (devices) watching at that second")
]
Sessions = Annotated[int, Meta(ge=0, description="Sessions (playbacks) watching at that second")]
Peak = Annotated[int, Meta(ge=0, description="Most viewers watching at one second of the day")]
PeakAt = Annotated[
    Instant | None, Meta(description="The first second with that many; null: nobody watched")
]
WatchSeconds = Annotated[int, Meta(ge=0, description="The sum of viewers over the day's seconds")]
Reach = Annotated[
    int,
    Meta(
        ge=0,
        description="Different devices with at least one second watched. Not people; "
        "never add it over days or channels",
    ),
]
DaySessions = Annotated[int, Meta(ge=0, description="Sessions with at least one second watched")]
Completeness = Annotated[
    float, Meta(ge=0, le=1, description="Partitions heard of / partitions that exist")
]
Definition = Annotated[int, Meta(ge=1, description="Version of the definition of watching")]


class ChannelLive(msgspec.Struct, frozen=True):
    """A channel (or `*`) at the second of the answer."""

    channel: Channel
    viewers: Viewers
    sessions: Sessions


class Live(msgspec.Struct, frozen=True):
    """The newest provisional second; `*` is the first of the channels."""

    at: Instant
    completeness: Completeness
    definition: Definition
    channels: list[ChannelLive]


class ChannelStreamed(ChannelLive, frozen=True):
    """A channel (or `*`) at the second of the event."""

    unconfirmed: Annotated[
        int,
        Meta(
            ge=0, description="Those of the sessions whose next report is overdue, not yet given up"
        ),
    ]


class DaySoFar(msgspec.Struct, frozen=True):
    """A channel's (or `*`'s) figures of the current local day so far, provisional or not."""

    channel: Channel
    peak_viewers: Peak
    peak_at: PeakAt
    reach: Reach
    sessions: DaySessions


class Today(msgspec.Struct, frozen=True):
    """The current local day so far."""

    day: Date
    zone: Zone
    first: DayFirst
    end: DayEnd
    channels: list[DaySoFar]


class Streamed(msgspec.Struct, frozen=True):
    """The live answer, and how fresh and how final it is."""

    at: Instant
    completeness: Completeness
    definition: Definition
    channels: list[ChannelStreamed]
    watermark_age_seconds: Annotated[
        float,
        Meta(
            description="Everything received until this long ago is counted; "
            "it grows when counting stops"
        ),
    ]
    final_until: Annotated[Instant, Meta(description="The last second that no report can change")]
    today: Today | None


class ChannelLevel(msgspec.Struct, frozen=True):
    """One second."""

    at: Instant
    viewers: Viewers
    sessions: Sessions
    final: Annotated[bool, Meta(description="No report can change it any more")]


class LevelsAnswer(msgspec.Struct, frozen=True):
    """One level a second, in order; seconds of nobody are left out."""

    channel: Channel
    levels: list[ChannelLevel]


class HourAnswer(msgspec.Struct, frozen=True):
    """The last hour in steps of equal length."""

    channel: Channel
    first: Annotated[Instant, Meta(description="Where the first step begins")]
    step_seconds: Annotated[int, Meta(ge=1)]
    peak_viewers: Annotated[
        list[Count | None],
        Meta(description="Most viewers watching at one second of each step; null: not known"),
    ]


class DayAnswer(msgspec.Struct, frozen=True):
    """A channel's (or `*`'s) figures of a local day."""

    day: Date
    zone: Zone
    first: DayFirst
    end: DayEnd
    channel: Channel
    peak_viewers: Peak
    peak_at: PeakAt
    watch_seconds: WatchSeconds
    average_viewers: Annotated[
        float,
        Meta(
            ge=0, description="watch_seconds / seconds in that day, which may have 23 or 25 hours"
        ),
    ]
    reach: Reach
    sessions: DaySessions
    status: Annotated[
        Status,
        Meta(description="provisional: may change; final; restated: changed by a backfill"),
    ]


class ProgrammeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel shows, as the calendar says."""

    channel: Channel
    title: str
    start: Instant
    end: Annotated[Instant, Meta(description="The first second after it")]
    special: Annotated[bool, Meta(description="An audience out of the usual is expected")]
    source: Annotated[str, Meta(description="Who said so: the name of an imported file")]


class ProgrammesAnswer(msgspec.Struct, frozen=True):
    """What is on at some second of the time asked for, in order of start."""

    programmes: list[ProgrammeAnswer]


class CountedProgramme(ProgrammeAnswer, frozen=True, kw_only=True):
    """A programme and its figures, found as those of a day are; null: there are none."""

    status: Annotated[
        State,
        Meta(
            description="scheduled: not begun; provisional: of its final seconds so far; final; "
            "unknown: it began before the oldest report that is kept"
        ),
    ]
    until: Annotated[Instant | None, Meta(description="The first second that is not counted")]
    average_viewers: Annotated[
        float | None, Meta(description="watch_seconds / the seconds that are counted")
    ]
    peak_viewers: Annotated[
        int | None, Meta(description="Most viewers watching at one second of it")
    ]
    peak_at: PeakAt
    watch_seconds: Annotated[
        int | None, Meta(description="The sum of viewers over the seconds that are counted")
    ]
    reach: Annotated[
        int | None,
        Meta(
            description="Different devices with at least one second of it watched. Not people; "
            "never add it over programmes"
        ),
    ]
    sessions: Annotated[
        int | None, Meta(description="Sessions with at least one second of it watched")
    ]


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"]


class Ready(msgspec.Struct, frozen=True):
    """Whether the numbers can be relied on."""

    ready: bool
    waiting_for: list[str]


class Error(msgspec.Struct, frozen=True):
    """What went wrong, in a sentence."""

    error: str
