"""Gauges and counters for Prometheus, made when asked for from a snapshot and counts."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from audience.rules import ANYTHING
from audience.snapshot import EndReason, Snapshot
from sinks.metrics import FRESH_FOR, OTHER, Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

CHANNEL: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

OF_ONE_CHANNEL: Final = frozenset({Metric.PEAK_VIEWERS_TODAY, Metric.SCHEDULED_EVENT})
"""Those that make nothing when added up over channels."""

Sample = tuple[Metric, tuple[str, ...], float]
"""A metric, its labels' values in the order of its declaration, and its value."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one worker of several does: `partitions` it counts, and records of theirs.

    `waiting`: not counted yet; `held`: counted, and to be counted again by a worker after it;
    `quarantined`: set aside since the start. `settled`: hand-overs that wait for storage, and `raw`
    records of which it has no reports; None where nothing is stored.
    """

    partitions: int
    waiting: int
    held: int
    quarantined: int
    settled: int | None = None
    raw: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the process knows beside the snapshot, counted since it started.

    `accepted`: by (channel, platform, protocol), `refused`: by (platform, protocol, reason).
    `dropped`: refused ones that the quarantine did not keep, None where there is none.
    `received`: when the newest report in the log was received (ms since the epoch); `stored`: the
    last second (s since the epoch) in storage; None: not known, or there is none. `late`, `ends`:
    as in Snapshot, where the process counts parts of what its snapshot adds up. `spool`: bytes in a
    collector's spool, None where there is no spool; `spool_max`: what it may hold; `spooled`:
    receipt of the oldest report (ms). `disk_free`: bytes where the process keeps its data.
    `scheduled`: of the calendar's channels, whether a special is on.
    `share`: of a worker.
    """

    accepted: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    refused: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    dropped: int | None = None
    torn_records: int = 0
    received: int | None = None
    stored: int | None = None
    scheduled: Mapping[str, bool] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    ends: Mapping[tuple[str, EndReason], int] = field(default_factory=dict)
    spool: int | None = None
    spool_max: int = 0
    spooled: int | None = None
    disk_free: int | None = None
    share: Share | None = None


class ChannelLabels:
    """Gives the first `budget` channels a label of their own; a channel keeps its label for good.

    For good, since a counter that moved from one label to another would seem to start again.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._own: set[str] = set()
        self._folded: set[str] = set()

    def __call__(self, channel: str) -> str:
        """The label of a channel: itself, or `OTHER`."""
        if channel.startswith(ANYTHING) or channel in self._own:  # kinds are as many as are set
            return channel
        if len(self._own) < self._budget and channel != OTHER and CHANNEL.fullmatch(channel):
            self._own.add(channel)
            return channel
        self._folded.add(channel)
        return OTHER

    @property
    def folded(self) -> int:
        """How many channels are given together."""
        return len(self._folded)


class AudienceCollector(Collector):
    """Answers a scrape; `clock` gives ms since the epoch, `channels` is the budget of labels."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot | None],
        facts: Callable[[], Facts],
        clock: Callable[[], int],
        channels: int,
    ) -> None:
        self._snapshot = snapshot
        self._facts = facts
        self._clock = clock
        self._label = ChannelLabels(channels)

    def collect(self) -> Iterator[Family]:
        """The families that have a value now, in the order of their declaration."""
        values: defaultdict[Metric, defaultdict[tuple[str, ...], float]]
        values = defaultdict(lambda: defaultdict(float))
        for metric, labels, value in self._samples():
            values[metric][labels] += value
        for metric in Metric:
            if metric in values:
                yield _family(metric, values[metric])

    def _samples(self) -> Iterator[Sample]:
        snapshot, facts = self._snapshot(), self._facts()
        for metric, labels, value in _everything(snapshot, facts, self._clock()):
            if "channel" not in metric.value.labels:
                yield metric, labels, value
                continue
            channel = self._label(labels[0])
            if not (metric in OF_ONE_CHANNEL and channel == OTHER):
                yield metric, (channel, *labels[1:]), value
        yield Metric.FOLDED_CHANNELS, (), self._label.folded


def exposition(collector: Collector) -> Callable[[], bytes]:
    """What answers GET /metrics with `CONTENT_TYPE`: the collector's metrics and the process'."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    return lambda: generate_latest(registry)


def _everything(snapshot: Snapshot | None, facts: Facts, now: int) -> Iterator[Sample]:
    if snapshot is not None:
        if now - snapshot.watermark <= FRESH_FOR:
            yield from _live(snapshot)
        yield from _since_the_start(snapshot.late, snapshot.ends)
        yield from _behind(snapshot, facts, now)
    yield from _since_the_start(facts.late, facts.ends)
    yield from _of_the_process(facts, now)
    yield from _of_the_spool(facts, now)
    if facts.share is not None:
        yield from _of_the_share(facts.share)


def _live(snapshot: Snapshot) -> Iterator[Sample]:
    for now in snapshot.now:
        yield Metric.CONCURRENT_VIEWERS, (now.channel,), now.viewers
        yield Metric.CONCURRENT_SESSIONS, (now.channel,), now.sessions
        yield Metric.UNCONFIRMED_SESSIONS, (now.channel,), now.unconfirmed
    for day in snapshot.today:
        yield Metric.PEAK_VIEWERS_TODAY, (day.channel, day.zone), day.figures.peak_viewers
    yield Metric.COMPLETENESS_RATIO, (), snapshot.completeness


def _since_the_start(
    late: Mapping[str, int], ends: Mapping[tuple[str, EndReason], int]
) -> Iterator[Sample]:
    for channel, count in late.items():
        yield Metric.LATE_REPORTS, (channel,), count
    for (channel, reason), count in ends.items():
        yield Metric.SESSION_ENDS, (channel, reason), count


def _behind(snapshot: Snapshot, facts: Facts, now: int) -> Iterator[Sample]:
    yield Metric.WATERMARK_AGE_SECONDS, (), (now - snapshot.watermark) / 1000
    if facts.received is not None:
        behind = max(0, facts.received - snapshot.watermark)
        yield Metric.COUNTING_LAG_SECONDS, (), behind / 1000
    if facts.stored is not None:
        yield Metric.STORAGE_LAG_SECONDS, (), max(0, snapshot.final_until - facts.stored)


def _of_the_process(facts: Facts, now: int) -> Iterator[Sample]:
    for channel, on in facts.scheduled.items():
        yield Metric.SCHEDULED_EVENT, (channel,), on
    # Copies: the collector may count on another thread while these are read.
    for accepted, count in dict(facts.accepted).items():
        yield Metric.REPORTS, accepted, count
    for refused, count in dict(facts.refused).items():
        yield Metric.REJECTS, refused, count
    if facts.dropped is not None:
        yield Metric.QUARANTINE_DROPPED, (), facts.dropped
    yield Metric.TORN_RECORDS, (), facts.torn_records
    yield Metric.CLOCK_SECONDS, (), now / 1000
    if facts.disk_free is not None:
        yield Metric.DISK_FREE_BYTES, (), facts.disk_free


def _of_the_spool(facts: Facts, now: int) -> Iterator[Sample]:
    if facts.spool is not None:
        waited = 0 if facts.spooled is None else max(0, now - facts.spooled)
        yield Metric.SPOOL_BYTES, (), facts.spool
        yield Metric.SPOOL_OLDEST_AGE_SECONDS, (), waited / 1000
        yield Metric.SPOOL_MAX_BYTES, (), facts.spool_max


def _family(metric: Metric, values: Mapping[tuple[str, ...], float]) -> Family:
    declared = metric.value
    kind = GaugeMetricFamily if declared.kind == "gauge" else CounterMetricFamily
    family = kind(declared.name, declared.meaning, labels=declared.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _of_the_share(share: Share) -> Iterator[Sample]:
    yield Metric.PARTITIONS_HELD, (), share.partitions
    yield Metric.RECORDS_WAITING, (), share.waiting
    yield Metric.RECORDS_HELD, (), share.held
    yield Metric.QUARANTINED_RECORDS, (), share.quarantined
    if share.settled is not None:
        yield Metric.SETTLED_WAITING, (), share.settled
    if share.raw is not None:
        yield Metric.RAW_RECORDS_WAITING, (), share.raw
