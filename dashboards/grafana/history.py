"""History and peaks: the days of a zone, and every final second of a channel."""

from typing import Final

from dashboards.grafana.annotations import ALERTS, PROGRAMMES, SPECIALS
from dashboards.grafana.page import Band, Page, Section, address, channels_of, zone_of
from dashboards.grafana.panels import (
    bars,
    hiding,
    lines,
    linked,
    number,
    profile,
    renamed,
    rows,
    word,
)
from dashboards.grafana.queries import CLICKHOUSE, Sql, sql

_CHANNEL: Final = "${__field.labels.channel}"

_RECORDS: Final = Band(
    5,
    (
        number(
            "Highest peak of concurrent viewers, any channel",
            "Most distinct devices watching at one second of any day that is stored.",
            Sql("record"),
        ),
        word(
            "When that peak was",
            "The first second of it, in the zone's time.",
            Sql("record_day"),
        ),
        number(
            "Highest reach of a day, any channel",
            "Most distinct devices with at least one second in a day. Another day than that of the "
            "peak, often. Devices, not people; never added over days.",
            Sql("record_reach"),
        ),
    ),
)

_PEAKS: Final = Band(
    9,
    (
        bars(
            "Peak concurrent viewers of each day, by channel",
            "Most distinct devices watching at one second of the zone's day. Peaks of channels are "
            "at different seconds and make no sum.",
            Sql("days_peak_viewers", series=True),
            name=_CHANNEL,
        ),
        bars(
            "Reach of each day, by channel",
            "Distinct devices with at least one watched second in the zone's day. Devices, not "
            "people; never added over days or channels, since most come back.",
            Sql("days_reach", series=True),
            name=_CHANNEL,
        ),
    ),
)

_AVERAGES: Final = Band(
    9,
    (
        bars(
            "Average concurrent viewers of each day, by channel",
            "Watch seconds / seconds of the zone's day, night included.",
            Sql("days_average_viewers", series=True),
            name=_CHANNEL,
        ),
        bars(
            "Watch hours of each day, by channel",
            "Device hours watched: every second of every device, added up. This one may be added.",
            Sql("days_watch_hours", series=True),
            name=_CHANNEL,
        ),
    ),
)

_DAYS: Final = hiding(
    linked(
        renamed(
            rows(
                "Days",
                "The figures of the zone's days as stored. provisional: the day goes on, or late "
                "reports may still come; final; restated: changed by a backfill, see below. The "
                "time of the peak leads to the seconds around it.",
                Sql("days"),
            ),
            {
                "day": "Day",
                "channel": "Channel",
                "peak_viewers": "Peak concurrent viewers",
                "peak_time": "Peak at",
                "average_viewers": "Average concurrent viewers",
                "reach": "Reach",
                "sessions": "Sessions",
                "watch_hours": "Watch hours",
                "status": "Status",
            },
        ),
        "Peak at",
        "The seconds around the peak",
        f"/d/{address('event')}?from=${{__data.fields.before_ms.numeric}}"
        "&to=${__data.fields.after_ms.numeric}"
        "&var-channel=${__data.fields.Channel:percentencode}&var-zone=${zone:percentencode}",
    ),
    ("before_ms", "after_ms"),
)

_SECONDS: Final = Band(
    10,
    (
        lines(
            "Most concurrent viewers in each interval, by channel",
            "The highest of the final seconds that a point of the line stands for. Final seconds "
            "are some minutes old; newer ones are on the live dashboard.",
            Sql("seconds_peak", series=True),
            name=_CHANNEL,
        ),
        profile(
            "Average concurrent viewers by hour of the day, any channel",
            "Of the zone's hours in the days shown. Choose whole days: an hour that is cut counts "
            "as a whole one.",
            Sql("hours"),
            "hour",
        ),
    ),
)

_RESTATED: Final = renamed(
    rows(
        "Restatements",
        "What a backfill changed, and why. Of days from files also what is new.",
        Sql("restatements"),
    ),
    {
        "at": "Changed at",
        "day": "Day",
        "channel": "Channel",
        "figure": "Figure",
        "before": "Before",
        "after": "After",
        "reason": "Reason",
    },
)

HISTORY: Final = Page(
    name="history",
    title="Penonton: history and peaks",
    about="The figures of past days, the highest of them, and what was changed afterwards.",
    since="now-30d",
    marks=(ALERTS, SPECIALS, PROGRAMMES),
    variables=(
        zone_of(CLICKHOUSE, sql("zones")),
        channels_of(CLICKHOUSE, sql("channels")),
    ),
    sections=(
        Section("Records", (_RECORDS,)),
        Section("Days", (_PEAKS, _AVERAGES, Band(12, (_DAYS,)))),
        Section("Seconds", (_SECONDS,)),
        Section("Changed afterwards", (Band(7, (_RESTATED,)),)),
    ),
)
