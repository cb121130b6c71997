"""A programme or an event: choose its channel, and its time as the time shown."""

from typing import Final

from dashboards.grafana.annotations import ALERTS, PROGRAMMES, SPECIALS
from dashboards.grafana.page import Band, Page, Section, address, channel_of, zone_of
from dashboards.grafana.panels import hiding, lines, linked, number, renamed, rows, word
from dashboards.grafana.queries import CLICKHOUSE, Sql, sql

_FIGURES: Final = Band(
    5,
    (
        number(
            "Peak concurrent viewers in this time",
            "Most distinct devices watching the channel at one final second of the time shown.",
            Sql("event_peak"),
        ),
        word(
            "When that peak was",
            "The first second of it, in the zone's time.",
            Sql("event_peak_at"),
        ),
        number(
            "Average concurrent viewers in this time",
            "Watch seconds / seconds of the time shown. Seconds to come, or not final yet, count "
            "as nobody: choose a time that is over.",
            Sql("event_average"),
        ).decimals(1),
        number(
            "Watch hours in this time",
            "Device hours watched: every second of every device, added up.",
            Sql("event_watch_hours"),
        ),
    ),
)

_SECONDS: Final = Band(
    12,
    (
        lines(
            "Concurrent viewers of the channel, and a week before",
            "Distinct devices watching at each second; where a point stands for several, at the "
            "highest of them. The second line is the same time seven days earlier.",
            Sql("event_seconds", series=True),
            Sql("event_week_before", series=True, ref="B"),
        ),
    ),
)

_OTHERS: Final = Band(
    10,
    (
        lines(
            "Concurrent viewers of all channels meanwhile",
            "Did the audience come from another channel, or was it not watching before? Then * "
            "rises with it. Lines cannot be added.",
            Sql("event_others", series=True),
            name="${__field.labels.channel}",
        ),
    ),
)

_PROGRAMMES: Final = hiding(
    linked(
        renamed(
            rows(
                "Programmes of the channel in this time",
                "Of the calendar (docs/programmes.md), of every channel where * is chosen, with "
                "peak and average of concurrent viewers over the final seconds of each so far. A "
                "title leads to its time. Reach and sessions: penonton programmes figures.",
                Sql("programmes"),
            ),
            {
                "channel": "Channel",
                "title": "Programme",
                "start": "Start",
                "end": "End",
                "special": "Special",
                "peak_viewers": "Peak concurrent viewers",
                "average_viewers": "Average concurrent viewers",
            },
        ),
        "Programme",
        "Its time",
        f"/d/{address('event')}?from=${{__data.fields.start_ms.numeric}}"
        "&to=${__data.fields.end_ms.numeric}"
        "&var-channel=${__data.fields.Channel:percentencode}&var-zone=${zone:percentencode}",
    ),
    ("start_ms", "end_ms"),
)

EVENT: Final = Page(
    name="event",
    title="Penonton: programme or event",
    about="One channel over one time, second by second: choose the event's as the time shown.",
    since="now-6h",
    marks=(ALERTS, SPECIALS, PROGRAMMES),
    variables=(zone_of(CLICKHOUSE, sql("zones")), channel_of(CLICKHOUSE, sql("channels"))),
    sections=(
        Section("In this time", (_FIGURES, _SECONDS, Band(8, (_PROGRAMMES,)))),
        Section("Beside it", (_OTHERS,)),
    ),
)
