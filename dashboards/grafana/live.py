"""Live: who is watching now, and is it the audience or the ingest that changes."""

from typing import Final

from dashboards.grafana.page import Band, Page, Section, channels_of, zone_of
from dashboards.grafana.panels import (
    A_SECOND,
    ATTENTION,
    BAD,
    GOOD,
    SECONDS,
    SHARE,
    bars,
    lines,
    merged,
    number,
    rows,
)
from dashboards.grafana.queries import PROMETHEUS, Promql, PromqlNow


def _of_the_chosen(counted: str) -> str:
    """Of the channels chosen; where `*` is among them, of every channel.

    Counters are by channel and have no `*`, but reports and sessions may be added up. `counted` has
    {} in the place of what is chosen, and gives no label `any`.
    """
    chosen = 'label_replace(vector(1), "channel", "*", "", "")'
    anything = f'label_replace({chosen}, "any", "yes", "channel", "$channel")'
    every, some = counted.replace("{}", ""), counted.replace("{}", '{channel=~"$channel"}')
    # Both have no label `any`, and so the first is left out, unless `*` is chosen.
    return f"{every} unless on (any) {anything} or {some}"


_NOW: Final = Band(
    5,
    (
        number(
            "Concurrent viewers now, any channel",
            "Distinct devices watching at least one channel at the newest second counted. "
            "Provisional: late reports may still change it for some minutes.",
            Promql('max(penonton_concurrent_viewers{channel="*"})'),
        ),
        number(
            "Concurrent sessions now, any channel",
            "Playbacks watching at the newest second counted; a device may have several.",
            Promql('max(penonton_concurrent_sessions{channel="*"})'),
        ),
        number(
            "Peak concurrent viewers today, any channel",
            "Most distinct devices watching at one second of the zone's day so far. Not the "
            "reach: who came and went is not in it.",
            Promql('max(penonton_peak_viewers_today{channel="*", zone="$zone"})'),
        ),
        number(
            "Unconfirmed share of sessions",
            "Of the concurrent sessions, those whose next report is due and not here yet. A "
            "rise of it is an ingest that breaks, before any other number moves.",
            Promql(
                'max(penonton_unconfirmed_sessions{channel="*"})'
                ' / (max(penonton_concurrent_sessions{channel="*"}) > 0)'
            ),
            SHARE,
            ((None, GOOD), (0.15, ATTENTION), (0.3, BAD)),
        ),
        number(
            "Completeness",
            "Partitions that the live numbers have heard of / partitions that exist. Below "
            "100 % the concurrent viewers shown are too few.",
            Promql("min(penonton_completeness_ratio)"),
            SHARE,
            ((None, BAD), (1, GOOD)),
        ),
        number(
            "Age of the numbers",
            "How long ago the last second counted was. Above 60 s live numbers disappear "
            "rather than stand still.",
            Promql("min(penonton_watermark_age_seconds)"),
            SECONDS,
            ((None, GOOD), (15, ATTENTION), (60, BAD)),
        ),
    ),
)

_CHANNELS: Final = merged(
    rows(
        "Channels now",
        "The newest second counted, of every channel; * is any channel. Who watches two channels "
        "is in the row of both and once in *: the rows cannot be added up.",
        PromqlNow("max by (channel) (penonton_concurrent_viewers)", "viewers"),
        PromqlNow("max by (channel) (penonton_concurrent_sessions)", "sessions"),
        PromqlNow("max by (channel) (penonton_unconfirmed_sessions)", "unheard"),
        PromqlNow('max by (channel) (penonton_peak_viewers_today{zone="$zone"})', "peak"),
        sort="Concurrent viewers",
    ),
    {
        "channel": "Channel",
        "Value #viewers": "Concurrent viewers",
        "Value #sessions": "Concurrent sessions",
        "Value #unheard": "Unconfirmed sessions",
        "Value #peak": "Peak concurrent viewers today",
    },
    ["Time"],
)

_AUDIENCE: Final = Band(
    10,
    (
        lines(
            "Concurrent viewers by channel",
            "Distinct devices watching each channel; * is any channel. Lines cannot be added: "
            "who watches two is in both.",
            Promql(
                'max by (channel) (penonton_concurrent_viewers{channel=~"$channel"})',
                "{{channel}}",
            ),
        ),
        _CHANNELS,
    ),
)

_USUAL: Final = Band(
    9,
    (
        lines(
            "Concurrent viewers of $channel, and what is usual",
            "What this weekday and time had in the last three weeks, and yesterday, scaled to how "
            "today goes. The alerts of viewership look at the same lines; they need a day of "
            "history at least.",
            Promql('penonton:viewers:now{channel=~"$channel"}', "now"),
            Promql('penonton:viewers:usual{channel=~"$channel"}', "usual", "B"),
            Promql('penonton:viewers:usual_low{channel=~"$channel"}', "usual at least", "C"),
            Promql('penonton:viewers:usual_high{channel=~"$channel"}', "usual at most", "D"),
        ).repeat("channel"),
    ),
)

_ENDS: Final = Band(
    8,
    (
        bars(
            "Sessions that ended in a minute, by how",
            "reported: the player said that it stops. timeout: it fell silent. An audience that "
            "leaves says so; a broken ingest does not.",
            Promql(
                _of_the_chosen("sum by (reason) (increase(penonton_session_ends_total{}[1m]))"),
                "{{reason}}",
            ),
        ),
        lines(
            "Unconfirmed sessions by channel",
            "Concurrent sessions whose next report is due and not here yet, by channel.",
            Promql(
                'max by (channel) (penonton_unconfirmed_sessions{channel=~"$channel"})',
                "{{channel}}",
            ),
        ),
    ),
)

_INGEST: Final = Band(
    8,
    (
        lines(
            "Reports accepted a second, by platform",
            "A platform that falls alone is that app or its way here. All that fall together "
            "while sessions end by timeout are the ingest.",
            Promql(
                _of_the_chosen(
                    "sum by (platform) (rate(penonton_reports_total{}[$__rate_interval]))"
                ),
                "{{platform}}",
            ),
            unit=A_SECOND,
        ),
        lines(
            "Reports a minute and concurrent viewer",
            "What a playing device sends is nearly constant, however many watch. A fall of this "
            "is reports that go missing, not an audience that leaves.",
            Promql(
                "60 * (sum by (channel) (rate(penonton_reports_total[$__rate_interval]))"
                " or label_replace(sum(rate(penonton_reports_total[$__rate_interval])),"
                ' "channel", "*", "", ""))'
                ' / (max by (channel) (penonton_concurrent_viewers{channel=~"$channel"}) > 0)',
                "{{channel}}",
            ),
            unit="none",
        ).decimals(1),
        lines(
            "Reports refused a second, by reason",
            "Reports that players were told are refused, all channels together; "
            "docs/refusals.md says what each reason means.",
            Promql(
                "sum by (reason) (rate(penonton_rejects_total[$__rate_interval]))", "{{reason}}"
            ),
            unit=A_SECOND,
        ),
    ),
)

_ALERTS: Final = merged(
    rows(
        "Alerts firing",
        "What Prometheus calls about now, with its runbook in docs/runbooks.md.",
        PromqlNow(
            "max by (alertname, severity, kind, channel, platform, instance)"
            ' (ALERTS{alertstate="firing", alertname=~"Penonton.*"})',
        ),
    ),
    {
        "severity": "Severity",
        "alertname": "Alert",
        "kind": "Kind",
        "channel": "Channel",
        "platform": "Platform",
        "instance": "Process",
    },
    ["Time", "Value"],
)

LIVE: Final = Page(
    name="live",
    title="Penonton: live",
    about="Who is watching now, and whether it is the audience or the ingest that changes.",
    since="now-1h",
    refresh="15s",
    variables=(
        channels_of(PROMETHEUS, "label_values(penonton_concurrent_viewers, channel)"),
        zone_of(PROMETHEUS, "label_values(penonton_peak_viewers_today, zone)"),
    ),
    sections=(
        Section("Now", (_NOW,)),
        Section("Audience", (_AUDIENCE, _USUAL, _ENDS)),
        Section("Audience or ingest?", (_INGEST, Band(7, (_ALERTS,)))),
    ),
)
