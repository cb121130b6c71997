"""The checks of `penonton doctor` for a cluster: what would break exactness, and what is away."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from importlib.util import find_spec
from typing import Any, Final

from kafka.errors import CoordinatorNotAvailableError

from ingest.log.encoding import Reject
from ingest.log.topic import partition_of
from penonton.checks import CLOCK_WARN, Found, Verdict
from penonton.cluster import admin, counted, existing
from penonton.newest import Record, newest, viewers
from penonton.settings import Settings
from penonton.storage import engine
from penonton.topics import Topic, judge, many, wanted

PATIENCE: Final = 10.0  # s until Kafka is taken not to be there
SILENT: Final = 10.0
"""Seconds: each collector sends to every partition every second."""


class Looked:
    """A Kafka that answers, through a client that administers it."""

    def __init__(self, settings: Settings, client: Any) -> None:  # noqa: ANN401 - kafka-python has no types
        self.settings = settings
        self.client = client

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """Those that there are, by name."""
        return existing(self.client, wanted(self.settings))

    @cached_property
    def records(self) -> list[Record]:
        """The newest reports of every partition that can be read."""
        reports = self.topics.get(f"{self.settings.topics}.reports")
        if reports is None:
            return []
        return newest(self.settings, set(range(reports.partitions)) - set(reports.leaderless))


@contextmanager
def look(settings: Settings) -> Iterator[Looked]:
    """At Kafka; raises Refused where it does not answer."""
    with admin(settings, PATIENCE) as client:
        yield Looked(settings, client)


def brokers(looked: Looked) -> Found:
    """Whether there are as many as records are to be kept on."""
    nodes = looked.client.describe_cluster()["brokers"]
    count = sum(not node["is_fenced"] for node in nodes)
    said = f"{many(count, 'broker')} there"
    if count < looked.settings.replication:
        return Verdict.bad, f"{said}, PENONTON_REPLICATION is {looked.settings.replication}"
    return Verdict.ok, said


def topics(looked: Looked) -> Found:
    """Whether they are there, and as counting needs them."""
    said = [
        (verdict, f"{topic.name}: {message}")
        for topic in wanted(looked.settings)
        for verdict, message in judge(topic, looked.topics.get(topic.name))
    ]
    worst = max((verdict for verdict, _ in said), key=list(Verdict).index)
    return worst, "; ".join(message for verdict, message in said if verdict is worst)


def codecs(_: Looked) -> Found:
    """Whether records can be decompressed, and checked at a bearable cost."""
    # Two clients, and each decompresses by another package.
    if missing := [name for name in ("cramjam", "lz4") if not find_spec(name)]:
        return Verdict.bad, f"{' and '.join(missing)} missing: compressed records cannot be read"
    if not find_spec("crc32c"):
        return Verdict.warn, "crc32c is missing: checksums take 25 times the CPU; install it"
    return Verdict.ok, "cramjam, lz4 and crc32c are there"


def partitioner(looked: Looked) -> Found:
    """Whether each viewer is in the partition that its id says."""
    partitions, wrong, unread = looked.settings.partitions, [], []
    for record in looked.records:
        try:
            numbers = {partition_of(viewer, partitions) for viewer in viewers(record)}
        except Reject:
            unread.append(record)
            continue
        if numbers - {record.partition}:
            wrong.append(record)
    of = f"of the {len(looked.records)} newest records"
    if wrong:
        return Verdict.bad, (
            f"{len(wrong)} {of} hold viewers of other partitions, the first at partition "
            f"{wrong[0].partition} offset {wrong[0].offset}: whoever produces them must choose it "
            "by crc32 of the viewer's id (librdkafka's `consistent`, not Java's default)"
        )
    if unread:
        return Verdict.warn, f"{len(unread)} {of} cannot be read: see the quarantine topic"
    return Verdict.ok, f"{len(looked.records)} newest records are where they belong"


def producers_clocks(looked: Looked) -> Found:
    """Whether those who send reports agree on what time it is, with each other and with us."""
    return apart(looked.records, time.time_ns() // 1_000_000, looked.settings.rules.lateness)


def apart(records: Sequence[Record], now: int, lateness: int) -> Found:
    """How far clocks are apart by records in the order of the topic; `now`, `lateness`: ms."""
    if not records:
        return Verdict.ok, "nothing sent yet"
    latest = max(record.timestamp for record in records)
    if now - latest > SILENT * 1000:
        return Verdict.warn, (
            f"the newest record was sent {(now - latest) / 1000:.0f} s ago by its sender's clock: "
            "no collector runs, or its clock is behind"
        )
    among = max(_set_back(records))
    found = max(among, latest - now)
    said = f"{found / 1000:.1f} s apart" if found > 0 else "agree"
    if found > CLOCK_WARN * 1000:
        whose = "those of the senders" if among == found else "a sender's is ahead of ours"
        verdict = Verdict.bad if found > lateness else Verdict.warn
        return verdict, f"{said}, {whose}: reports come late, or too early; keep all by NTP"
    return Verdict.ok, said


def _set_back(records: Sequence[Record]) -> Iterator[int]:
    """By how many ms each was sent before one that lies before it in its partition."""
    latest: dict[int, int] = {}
    for record in records:
        before = latest.get(record.partition, record.timestamp)
        yield max(before - record.timestamp, 0)
        latest[record.partition] = max(before, record.timestamp)


def workers(looked: Looked) -> Found:
    """Whether anybody counts."""
    group = f"{looked.settings.topics}-watch"
    try:
        count = len(looked.client.describe_groups([group])[group]["members"])
    except CoordinatorNotAvailableError:  # there was never a group in this Kafka
        count = 0
    if not count:
        return Verdict.warn, "nobody counts: start penonton worker"
    return Verdict.ok, f"{many(count, 'worker')} there"


def clickhouse_clock(settings: Settings) -> Found:
    """Whether the server's clock is ours."""
    if not settings.clickhouse:
        return Verdict.warn, "PENONTON_CLICKHOUSE is empty: nothing that is counted is kept"
    with closing(engine(settings)) as storage:
        before = time.time()
        found = storage.query("SELECT toUnixTimestamp64Milli(now64(3)) AS now")["now"][0].as_py()
        after = time.time()
    away = max(found / 1000 - after, before - found / 1000, 0.0)
    if away > CLOCK_WARN:
        return Verdict.warn, f"{away:.0f} s away from ours: keep both by NTP"
    return Verdict.ok, "agrees"


KAFKA: Final[dict[str, Callable[[Looked], Found]]] = {
    "kafka": brokers,
    "topics": topics,
    "codecs": codecs,
    "partitioner": partitioner,
    "senders' clocks": producers_clocks,
    "workers": workers,
}

CLICKHOUSE: Final[dict[str, Callable[[Settings], Found]]] = {
    "clickhouse clock": clickhouse_clock,
    "partitions": counted,
}
