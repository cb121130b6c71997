"""Pipeline health: what comes in, what is counted and stored, and what each process needs."""

from typing import Final

from dashboards.grafana.page import Band, Page, Section
from dashboards.grafana.panels import (
    A_SECOND,
    ATTENTION,
    BAD,
    BYTES,
    GOOD,
    SECONDS,
    SHARE,
    lines,
    number,
    renamed,
    rows,
    stacked,
)
from dashboards.grafana.queries import Promql, Sql

_REFUSED: Final = "sum by (platform) (rate(penonton_rejects_total[$__rate_interval]))"
_ACCEPTED: Final = "sum by (platform) (rate(penonton_reports_total[$__rate_interval]))"

_STATE: Final = Band(
    5,
    (
        number(
            "Processes that answer Prometheus",
            "Targets of jobs penonton... whose last scrape succeeded.",
            Promql('sum(up{job=~"penonton.*"})'),
        ),
        number(
            "Processes that do not",
            "Targets of jobs penonton... whose last scrape failed. A process that ended, or hangs.",
            Promql('count(up{job=~"penonton.*"} == 0) or vector(0)'),
            steps=((None, GOOD), (1, BAD)),
        ),
        number(
            "Completeness",
            "Partitions that the live numbers have heard of / partitions that exist.",
            Promql("min(penonton_completeness_ratio)"),
            SHARE,
            ((None, BAD), (1, GOOD)),
        ),
        number(
            "Reports waiting in spools",
            "Bytes that collectors have acknowledged and keep on their disks, because Kafka is "
            "away. 0 with penonton serve, which has no spool.",
            Promql("sum(penonton_spool_bytes) or vector(0)"),
            BYTES,
            ((None, GOOD), (1, ATTENTION)),
        ),
        number(
            "Late reports in the time shown",
            "Reports that came too late to be counted. They are kept; a backfill counts them.",
            Promql("sum(increase(penonton_late_reports_total[$__range])) or vector(0)"),
            steps=((None, GOOD), (1, ATTENTION)),
        ),
        number(
            "Channels without a label of their own",
            "Channels beyond PENONTON_METRICS_CHANNELS, given together as the channel other.",
            Promql("max(penonton_folded_channels)"),
            steps=((None, GOOD), (1, ATTENTION)),
        ),
    ),
)

_LAGS: Final = Band(
    8,
    (
        lines(
            "Age of the live numbers",
            "How long ago the last second counted was.",
            Promql("penonton_watermark_age_seconds", "{{instance}}"),
            unit=SECONDS,
        ),
        lines(
            "Counting behind the log",
            "How far counting is behind the newest report in the log.",
            Promql("penonton_counting_lag_seconds", "{{instance}}"),
            unit=SECONDS,
        ),
        lines(
            "Storage behind what is final",
            "Final seconds that are not in storage yet. Written every 10 s, so it rises and falls.",
            Promql("penonton_storage_lag_seconds", "{{instance}}"),
            unit=SECONDS,
        ),
    ),
)

_INGEST: Final = Band(
    8,
    (
        stacked(
            "Reports accepted a second, by protocol",
            "Answered 2xx, and so on durable storage. Reports may be added up.",
            Promql(
                "sum by (protocol) (rate(penonton_reports_total[$__rate_interval]))", "{{protocol}}"
            ),
            unit=A_SECOND,
        ),
        lines(
            "Share of reports refused, by platform",
            "Refused / (refused + accepted). One platform alone is an app that changed.",
            Promql(
                f"{_REFUSED} / ({_REFUSED} + ({_ACCEPTED} or 0 * {_REFUSED}) > 0)",
                "{{platform}}",
            ),
            unit=SHARE,
        ),
        stacked(
            "Reports refused a second, by reason",
            "docs/refusals.md says what each reason means; the quarantine has the reports.",
            Promql(
                "sum by (reason) (rate(penonton_rejects_total[$__rate_interval]))", "{{reason}}"
            ),
            unit=A_SECOND,
        ),
    ),
)

_SPOOL: Final = Band(
    8,
    (
        lines(
            "Spool of each collector",
            "Bytes acknowledged and not in Kafka yet. Full at PENONTON_SPOOL_MAX_MB; then players "
            "are told to try again.",
            Promql("penonton_spool_bytes", "{{instance}}"),
            unit=BYTES,
        ),
        lines(
            "Oldest report in each spool",
            "How long it has waited for Kafka.",
            Promql("penonton_spool_oldest_age_seconds", "{{instance}}"),
            unit=SECONDS,
        ),
        lines(
            "Share of sessions that end by timeout",
            "Timeouts / all ends. Apps that do not say when they stop, or reports that get lost.",
            Promql(
                '(sum(rate(penonton_session_ends_total{reason="timeout"}[$__rate_interval]))'
                " or vector(0))"
                " / (sum(rate(penonton_session_ends_total[$__rate_interval])) > 0)",
                "timeout",
            ),
            unit=SHARE,
        ),
    ),
)

_COUNTING: Final = Band(
    8,
    (
        lines(
            "Records waiting for each worker",
            "Records that Kafka has for a worker and that it has not counted yet. A line that does "
            "not come down is a worker that is too slow or stuck.",
            Promql("penonton_records_waiting", "{{instance}}"),
        ),
        lines(
            "Partitions of each worker",
            "Together as many as PENONTON_PARTITIONS, or the rest is counted by nobody.",
            Promql("penonton_partitions_held", "{{instance}}"),
        ),
        lines(
            "Free disk of each process",
            "Where PENONTON_DATA is. On a full disk nothing is acknowledged.",
            Promql("penonton_disk_free_bytes", "{{instance}}"),
            unit=BYTES,
        ),
    ),
)

_STORED: Final = Band(
    8,
    (
        renamed(
            rows(
                "Newest final second stored, by partition",
                "Its age now, from ClickHouse itself. Some minutes are usual: as long as late "
                "reports may come. Workers store partition by partition, serve all at once.",
                Sql("stored_until"),
            ).unit(SECONDS),
            {"partition": "Partition", "age": "Age"},
        ),
        stacked(
            "Raw reports stored a second, by protocol",
            "Reports in ClickHouse by when a collector received them; below those accepted while "
            "storage is behind.",
            Sql("stored_reports", series=True),
            unit=A_SECOND,
            name="${__field.labels.protocol}",
        ),
        lines(
            "From player to collector",
            "How long reports were under way: half of them, and 99 of 100. Above the lateness "
            "they are too late to be counted live.",
            Sql("underway", series=True),
            unit=SECONDS,
        ),
    ),
)

_PROCESSES: Final = Band(
    8,
    (
        lines(
            "CPU of each process",
            "Cores in use. One collector or serve cannot use much more than one.",
            Promql(
                'rate(process_cpu_seconds_total{job=~"penonton.*"}[$__rate_interval])',
                "{{instance}}",
            ),
            unit="none",
        ).decimals(2),
        lines(
            "Memory of each process",
            "Resident memory.",
            Promql('process_resident_memory_bytes{job=~"penonton.*"}', "{{instance}}"),
            unit=BYTES,
        ),
        lines(
            "Open files of each process",
            "File descriptors, connections of players among them, and how many there may be.",
            Promql('process_open_fds{job=~"penonton.*"}', "{{instance}}"),
            Promql('min(process_max_fds{job=~"penonton.*"})', "limit", "B"),
        ),
    ),
)

PIPELINE: Final = Page(
    name="pipeline",
    title="Penonton: pipeline health",
    about="Whether reports arrive, are counted and are stored, and what the processes need.",
    since="now-1h",
    refresh="15s",
    variables=(),
    sections=(
        Section("State", (_STATE, _LAGS)),
        Section("From players", (_INGEST, _SPOOL)),
        Section("Counting", (_COUNTING,)),
        Section("To ClickHouse", (_STORED,)),
        Section("Processes", (_PROCESSES,)),
    ),
)
