"""From what is known to what is answered."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.rules import DEFINITION
from audience.snapshot import Snapshot
from dashboards.web.answers import (
    ChannelLevel,
    ChannelLive,
    ChannelStreamed,
    DayAnswer,
    DaySoFar,
    HourAnswer,
    LevelsAnswer,
    Live,
    Streamed,
    Today,
)
from dashboards.web.instants import written
from dashboards.web.numbers import DayFigures, Hour, Level
from dashboards.web.policy import Policy


def live(snapshot: Snapshot) -> Live:
    """The live answer."""
    return Live(
        at=written(snapshot.at),
        completeness=snapshot.completeness,
        definition=DEFINITION,
        channels=[ChannelLive(now.channel, now.viewers, now.sessions) for now in snapshot.now],
    )


def streamed(snapshot: Snapshot, now: int, policy: Policy) -> Streamed:
    """The live answer as it stands at `now` (ms), with today's figures in the page's zone."""
    return Streamed(
        at=written(snapshot.at),
        completeness=snapshot.completeness,
        definition=DEFINITION,
        channels=[
            ChannelStreamed(row.channel, row.viewers, row.sessions, row.unconfirmed)
            for row in snapshot.now
        ],
        watermark_age_seconds=(now - snapshot.watermark) / 1000,
        final_until=written(snapshot.final_until),
        today=_today(snapshot, policy),
    )


def _today(snapshot: Snapshot, policy: Policy) -> Today | None:
    rows = [row for row in snapshot.today if row.zone == policy.zone]
    if not rows:
        return None
    day = Day(rows[0].date, ZoneInfo(policy.zone), policy.day_starts)
    return Today(
        day=day.date.isoformat(),
        zone=policy.zone,
        first=written(day.first),
        end=written(day.end),
        channels=[
            DaySoFar(
                row.channel,
                row.figures.peak_viewers,
                _instant(row.figures.peak_at),
                row.figures.reach,
                row.figures.sessions,
            )
            for row in rows
        ],
    )


def levels(channel: str, known: Sequence[Level]) -> LevelsAnswer:
    """The levels of a channel."""
    return LevelsAnswer(
        channel,
        [
            ChannelLevel(written(level.second), level.viewers, level.sessions, level.final)
            for level in known
        ],
    )


def hour(channel: str, known: Hour) -> HourAnswer:
    """The last hour of a channel."""
    return HourAnswer(channel, written(known.first), known.step, list(known.peaks))


def days(day: Day, known: Iterable[DayFigures]) -> list[DayAnswer]:
    """The figures of a day, one row a channel."""
    return [
        DayAnswer(
            day=day.date.isoformat(),
            zone=day.zone.key,
            first=written(day.first),
            end=written(day.end),
            channel=row.channel,
            peak_viewers=row.figures.peak_viewers,
            peak_at=_instant(row.figures.peak_at),
            watch_seconds=row.figures.watch_seconds,
            average_viewers=row.figures.average_viewers,
            reach=row.figures.reach,
            sessions=row.figures.sessions,
            status=row.status,
        )
        for row in known
    ]


def _instant(second: int | None) -> str | None:
    return None if second is None else written(second)
