"""A programme or an event: choose its channel, and its time as the time shown."""

from typing import Final

from dashboards.grafana.page import Band, Page, Section, channel_of, zone_of
from dashboards.grafana.panels import lines, number, word
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
        ),
        number(
            "Watch hours in this time",
            "Device hours watched: every second of every device, added up.",
            Sql("event_watch_hours"),
            unit="h",
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

EVENT: Final = Page(
    name="event",
    title="Penonton: programme or event",
    about="One channel over one time, second by second: choose the event's as the time shown.",
    since="now-6h",
    variables=(zone_of(CLICKHOUSE, sql("zones")), channel_of(CLICKHOUSE, sql("channels"))),
    sections=(
        Section("In this time", (_FIGURES, _SECONDS)),
        Section("Beside it", (_OTHERS,)),
    ),
)
