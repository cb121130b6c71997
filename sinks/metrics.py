"""Every metric, declared once; `dashboards/metrics.py` writes their page, docs/metrics.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

FRESH_FOR: Final = 60_000
"""How old, in ms, the watermark may be for live gauges to be given."""

OTHER: Final = "other"
"""The channel label of all channels beyond the budget of labels."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """`unit`: what is counted, or a unit of measure; what the name says of it, it says too.

    `live`: absent, rather than frozen, unless the watermark is younger than `FRESH_FOR`.
    """

    name: str
    kind: Literal["gauge", "counter"]
    labels: tuple[str, ...]
    unit: str
    meaning: str
    live: bool = False


def _live(name: str, labels: tuple[str, ...], unit: str, meaning: str) -> Declaration:
    return Declaration(name, "gauge", labels, unit, meaning, live=True)


class Metric(Enum):
    """In the order in which they are given and documented."""

    # Alerts and dashboards rely on these names.
    CONCURRENT_VIEWERS = _live(
        "penonton_concurrent_viewers",
        ("channel",),
        "viewers",
        "Distinct viewers watching a channel at the newest provisional second; * is any channel. "
        "Never sum over channels: who watches two would count twice.",
    )
    CONCURRENT_SESSIONS = _live(
        "penonton_concurrent_sessions",
        ("channel",),
        "sessions",
        "Sessions watching a channel at the newest provisional second; * is any channel.",
    )
    UNCONFIRMED_SESSIONS = _live(
        "penonton_unconfirmed_sessions",
        ("channel",),
        "sessions",
        "Those of the concurrent sessions whose next report is due and not here yet.",
    )
    PEAK_VIEWERS_TODAY = _live(
        "penonton_peak_viewers_today",
        ("channel", "zone"),
        "viewers",
        "Most viewers at one second of the zone's day so far, provisional seconds included. "
        "Not given for the channel other: peaks of several channels make no peak.",
    )
    COMPLETENESS_RATIO = _live(
        "penonton_completeness_ratio",
        (),
        "ratio, 0 to 1",
        "Partitions that the live numbers have heard of / partitions that exist.",
    )
    SCHEDULED_EVENT = Declaration(
        "penonton_scheduled_event",
        "gauge",
        ("channel",),
        "0 or 1",
        "1 while a special of the calendar is on, from 10 minutes before it to 20 after it; "
        "0 otherwise, for every channel of the calendar. Not given for the channel other.",
    )
    # How fresh the numbers are, and how far each step is behind the one before it.
    WATERMARK_AGE_SECONDS = Declaration(
        "penonton_watermark_age_seconds",
        "gauge",
        (),
        "seconds",
        "Age of the watermark: everything received until then is counted.",
    )
    COUNTING_LAG_SECONDS = Declaration(
        "penonton_counting_lag_seconds",
        "gauge",
        (),
        "seconds",
        "How far counting is behind the newest report in the log.",
    )
    STORAGE_LAG_SECONDS = Declaration(
        "penonton_storage_lag_seconds",
        "gauge",
        (),
        "seconds",
        "How many final seconds are not in storage yet.",
    )
    # What came in.
    REPORTS = Declaration(
        "penonton_reports_total",
        "counter",
        ("channel", "platform", "protocol"),
        "reports",
        "Reports accepted, that is, answered 2xx once they were on durable storage.",
    )
    REJECTS = Declaration(
        "penonton_rejects_total",
        "counter",
        ("platform", "protocol", "reason"),
        "reports",
        "Reports refused, by the reason that the player was told.",
    )
    QUARANTINE_DROPPED = Declaration(
        "penonton_quarantine_dropped_total",
        "counter",
        (),
        "reports",
        "Refused reports that are not in the quarantine: they came as a flood, or the disk "
        "refused them.",
    )
    LATE_REPORTS = Declaration(
        "penonton_late_reports_total",
        "counter",
        ("channel",),
        "reports",
        "Reports kept but too late to be counted: only a backfill counts them.",
    )
    SESSION_ENDS = Declaration(
        "penonton_session_ends_total",
        "counter",
        ("channel", "reason"),
        "sessions",
        "Sessions that stopped watching: reported, they said so; timeout, they fell silent. "
        "An audience that leaves says so, a broken ingest does not.",
    )
    TORN_RECORDS = Declaration(
        "penonton_torn_records_total",
        "counter",
        (),
        "records",
        "Records of the log that could not be read and were skipped, as a crash leaves them.",
    )
    SPOOL_BYTES = Declaration(
        "penonton_spool_bytes",
        "gauge",
        (),
        "bytes",
        "What a collector has acknowledged and keeps on disk, because Kafka was away.",
    )
    SPOOL_OLDEST_AGE_SECONDS = Declaration(
        "penonton_spool_oldest_age_seconds",
        "gauge",
        (),
        "seconds",
        "How long the first report in the spool has waited for Kafka; 0 when none waits.",
    )
    SPOOL_MAX_BYTES = Declaration(
        "penonton_spool_max_bytes",
        "gauge",
        (),
        "bytes",
        "How much the spool may hold; when it is full, players are told to try again.",
    )
    # Of each worker; add them up over workers.
    PARTITIONS_HELD = Declaration(
        "penonton_partitions_held",
        "gauge",
        (),
        "partitions",
        "Partitions of Kafka's topic that this worker counts. The sum over workers is less than "
        "there are while some are nobody's.",
    )
    RECORDS_WAITING = Declaration(
        "penonton_records_waiting",
        "gauge",
        (),
        "records",
        "Records of those partitions that Kafka has and this worker has not counted.",
    )
    RECORDS_HELD = Declaration(
        "penonton_records_held",
        "gauge",
        (),
        "records",
        "Records counted that a worker after this one would count again: those of the horizon, "
        "and more while storage is away.",
    )
    QUARANTINED_RECORDS = Declaration(
        "penonton_quarantined_records_total",
        "counter",
        (),
        "records",
        "Records that could not be read and were set aside in the quarantine topic.",
    )
    SETTLED_WAITING = Declaration(
        "penonton_settled_waiting",
        "gauge",
        (),
        "hand-overs",
        "Hand-overs of final numbers, one a partition every 10 s, that wait for storage.",
    )
    RAW_RECORDS_WAITING = Declaration(
        "penonton_raw_records_waiting",
        "gauge",
        (),
        "records",
        "Records that Kafka has and whose reports this worker has not put into storage.",
    )
    DISK_FREE_BYTES = Declaration(
        "penonton_disk_free_bytes",
        "gauge",
        (),
        "bytes",
        "What is free on the disk of the process' data folder.",
    )
    CLOCK_SECONDS = Declaration(
        "penonton_clock_seconds",
        "gauge",
        (),
        "seconds",
        "The process' clock at the scrape, since the epoch: where Prometheus' own clock says "
        "another time, one of the two is off.",
    )
    FOLDED_CHANNELS = Declaration(
        "penonton_folded_channels",
        "gauge",
        (),
        "channels",
        "Channels beyond the budget of labels, given together as the channel other. "
        "Its viewers are a sum: who watches two of them counts twice.",
    )


def page(alerts: Mapping[str, Sequence[str]]) -> str:
    """docs/metrics.md; `alerts`: names of those that look at a metric, by its name."""
    rows = "\n".join(_row(metric.value, alerts.get(metric.value.name, ())) for metric in Metric)
    return f"""# Metrics

Written by `python -m dashboards.metrics > docs/metrics.md` from `sinks/metrics.py` and the rules in
`dashboards/prometheus`; change it there.

`GET /metrics` in Prometheus' text format, made to be scraped every 15 s, on a port of its own where
`PENONTON_METRICS_PORT` is set. A *live* gauge is absent, rather than frozen, while the watermark is
older than {FRESH_FOR // 1000} s, and on a worker that does not hold the totals. Counters count
since the process started. The channel `*` is any channel; `{OTHER}` is all channels beyond the
budget of labels (`PENONTON_METRICS_CHANNELS`). The labels `platform`, `protocol` and `reason` have
a few dozen values at most: a player's own words never become one. Beside these stand the
`process_*` metrics of the Prometheus client.

The last column is read from the rules: the alerts that look at a metric, some by way of a recording
rule. Each has its runbook.

| name | type | labels | unit | meaning | alerts |
|---|---|---|---|---|---|
{rows}
"""


def _row(declared: Declaration, alerts: Sequence[str]) -> str:
    kind = f"{declared.kind}{', live' if declared.live else ''}"
    labels, used = (", ".join(f"`{name}`" for name in names) for names in (declared.labels, alerts))
    cells = (f"`{declared.name}`", kind, labels, declared.unit, declared.meaning, used)
    return f"| {' | '.join(cells)} |"
