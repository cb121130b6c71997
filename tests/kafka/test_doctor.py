"""What the doctor finds in a cluster."""

import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer

from audience.reports import Report
from ingest.log.encoding import CONTENT_TYPE, encode
from penonton import cluster_checks, doctor
from penonton.checks import Verdict
from penonton.cluster import topics
from penonton.newest import Record
from penonton.settings import load
from tests.kafka.brokers import Cluster, Kafka

PARTITIONS = 3
NOW = 1_760_000_000_000
ARROW = [("content-type", CONTENT_TYPE.encode())]
VIEWER = "0" * 32
HOME = zlib.crc32(VIEWER.encode()) % PARTITIONS
AWAY = (HOME + 1) % PARTITIONS
REPORT = Report(t=NOW, viewer=VIEWER, session=VIEWER, channel="tv", received=NOW)


def findings(kafka: Kafka, **settings: str) -> dict[str, doctor.Finding]:
    found = doctor.examine(kafka.environment(PARTITIONS) | settings)
    return {finding.check: finding for finding in found}


@pytest.fixture
def prepared(kafka: Kafka) -> Kafka:
    topics(load(kafka.environment(PARTITIONS)), only_look=False)
    return kafka


@pytest.fixture
def producer(prepared: Kafka) -> Iterator[Any]:
    """Sends a value to a partition of the reports."""
    producer = KafkaProducer(bootstrap_servers=prepared.bootstrap.split(","))

    def send(value: bytes, partition: int, headers: Any = (), timestamp: int | None = None) -> None:
        topic = f"{prepared.prefix}.reports"
        producer.send(
            topic, value, partition=partition, headers=list(headers), timestamp_ms=timestamp
        ).get(60)

    yield send
    producer.close()


def test_a_new_cluster_is_sound_and_nobody_counts_yet(prepared: Kafka) -> None:
    found = findings(prepared)
    checks = [*cluster_checks.KAFKA, *cluster_checks.CLICKHOUSE]
    assert {check: found[check].message for check in checks} == {
        "kafka": "1 broker there",
        "topics": f"{prepared.prefix}.reports: 3 partitions, 1 copy; {prepared.prefix}.levels: "
        f"1 partition, 1 copy; {prepared.prefix}.quarantine: 1 partition, 1 copy",
        "codecs": "cramjam, lz4 and crc32c are there",
        "partitioner": "0 newest records are where they belong",
        "senders' clocks": "nothing sent yet",
        "workers": "nobody counts: start penonton worker",
        "clickhouse clock": "PENONTON_CLICKHOUSE is empty: nothing that is counted is kept",
        "partitions": "none stored",
    }


def test_without_kafka_in_the_settings_no_cluster_is_looked_for() -> None:
    assert not cluster_checks.KAFKA.keys() & {found.check for found in doctor.examine({})}


def test_a_kafka_that_does_not_answer_is_one_bad_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster_checks, "PATIENCE", 0.5)
    found = findings(Kafka("127.0.0.1:1", "nowhere"))
    assert found["kafka"].verdict is Verdict.bad
    assert found["kafka"].message.startswith("Kafka at 127.0.0.1:1 does not answer")
    assert "topics" not in found


def test_missing_topics_are_bad(kafka: Kafka) -> None:
    found = findings(kafka)["topics"]
    assert found.verdict is Verdict.bad
    assert f"{kafka.prefix}.reports: is not there" in found.message


def test_a_retention_that_is_too_short_for_the_lateness_is_bad(prepared: Kafka) -> None:
    found = findings(prepared, PENONTON_KAFKA_RETENTION_HOURS="24")["topics"]
    assert found.verdict is Verdict.bad
    assert "PENONTON_KAFKA_RETENTION_HOURS: 24 is too short" in found.message


def test_another_number_of_partitions_than_the_topics_is_bad(prepared: Kafka) -> None:
    found = findings(prepared, PENONTON_PARTITIONS="4")["topics"]
    assert found.verdict is Verdict.bad
    assert "viewers would be counted twice" in found.message


def test_fewer_brokers_than_copies_are_bad(prepared: Kafka) -> None:
    assert findings(prepared, PENONTON_REPLICATION="2")["kafka"].verdict is Verdict.bad


def test_viewers_in_their_partitions_are_sound(prepared: Kafka, producer: Any) -> None:
    producer(encode([REPORT]), HOME, ARROW)
    producer(encode([]), AWAY, ARROW)
    producer(b'{"viewer":"%s"}\n' % VIEWER.encode(), HOME)
    found = findings(prepared)
    assert found["partitioner"].row["message"] == "3 newest records are where they belong"
    assert found["senders' clocks"].message == "agree"


@pytest.mark.parametrize(
    ("value", "headers"),
    [(encode([REPORT]), ARROW), (b'{"viewer":"%s"}\n' % VIEWER.encode(), [])],
    ids=["arrow", "json"],
)
def test_a_viewer_in_another_partition_is_bad(
    prepared: Kafka, producer: Any, value: bytes, headers: Any
) -> None:
    producer(value, HOME, headers)
    producer(value, AWAY, headers)
    found = findings(prepared)["partitioner"]
    assert found.verdict is Verdict.bad
    assert found.message.startswith("1 of the 2 newest records hold viewers of other partitions")
    assert f"partition {AWAY} offset 0" in found.message


def test_only_the_newest_records_are_looked_at(prepared: Kafka, producer: Any) -> None:
    producer(encode([REPORT]), AWAY, ARROW)
    for _ in range(20):
        producer(encode([]), AWAY, ARROW)
    assert findings(prepared)["partitioner"].verdict is Verdict.ok


@pytest.mark.parametrize(("value", "headers"), [(b"no Arrow", ARROW), (b"no JSON", [])])
def test_what_cannot_be_read_is_said(
    prepared: Kafka, producer: Any, value: bytes, headers: Any
) -> None:
    producer(value, 0, headers)
    found = findings(prepared)["partitioner"]
    assert found.verdict is Verdict.warn
    assert found.message.startswith("1 of the 1 newest records cannot be read")


def test_a_sender_whose_clock_is_ahead_is_found(prepared: Kafka, producer: Any) -> None:
    producer(encode([]), 0, ARROW, timestamp=time.time_ns() // 1_000_000 + 60_000)
    found = findings(prepared)["senders' clocks"]
    assert found.verdict is Verdict.warn
    assert "a sender's is ahead of ours" in found.message


def sent(*sendings: tuple[int, int]) -> list[Record]:
    """Records by partition and by how many ms after NOW they say they were sent."""
    return [
        Record(partition, offset, NOW + after, "", b"")
        for offset, (partition, after) in enumerate(sendings)
    ]


@pytest.mark.parametrize(
    ("records", "verdict", "said"),
    [
        (sent((0, -10_000)), Verdict.ok, "agree"),
        (sent((0, -10_001)), Verdict.warn, "the newest record was sent 10 s ago"),
        (sent((0, 2_000)), Verdict.ok, "2.0 s apart"),
        (sent((0, 2_001)), Verdict.warn, "2.0 s apart, a sender's is ahead of ours"),
        (sent((0, 120_001)), Verdict.bad, "120.0 s apart, a sender's is ahead"),
        (sent((0, 0), (0, -2_001)), Verdict.warn, "2.0 s apart, those of the senders"),
        (sent((0, 0), (0, -1_500), (0, -2_001)), Verdict.warn, "2.0 s apart, those of the"),
        (sent((0, 0), (0, -120_001)), Verdict.bad, "120.0 s apart, those of the senders"),
        (sent((0, 0), (1, -9_000)), Verdict.ok, "agree"),
    ],
)
def test_clocks_are_judged_by_when_records_say_they_were_sent(
    records: list[Record], verdict: Verdict, said: str
) -> None:
    found, message = cluster_checks.apart(records, NOW, 120_000)
    assert found is verdict
    assert message.startswith(said)


@pytest.mark.parametrize(
    ("missing", "verdict"),
    [
        (set(), Verdict.ok),
        ({"crc32c"}, Verdict.warn),
        ({"crc32c", "cramjam"}, Verdict.bad),
        ({"lz4"}, Verdict.bad),
    ],
)
def test_missing_codecs_are_found(
    monkeypatch: pytest.MonkeyPatch, missing: set[str], verdict: Verdict
) -> None:
    monkeypatch.setattr(cluster_checks, "find_spec", lambda name: name not in missing)
    assert cluster_checks.codecs(cluster_checks.Looked(load({}), None))[0] is verdict


def test_who_counts_is_counted(prepared: Kafka) -> None:
    topic = f"{prepared.prefix}.reports"
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=prepared.bootstrap.split(","),
        group_id=f"{prepared.prefix}-watch",
    )
    assert consumer.partitions_for_topic(topic)  # or it may forget that it joined
    while not consumer.assignment():
        consumer.poll(timeout_ms=100)
    assert findings(prepared)["workers"].message == "1 worker there"
    consumer.close()


def test_one_of_three_brokers_that_is_down_is_noticed(three: Cluster) -> None:
    kafka = Kafka(three.bootstrap, "doctor")
    topics(load(kafka.environment(PARTITIONS)), only_look=False)
    assert findings(kafka, PENONTON_REPLICATION="3")["kafka"].verdict is Verdict.ok
    three.brokers[0].kill()
    three.until_ready()
    found = findings(kafka, PENONTON_REPLICATION="3")
    assert found["kafka"].message == "2 brokers there, PENONTON_REPLICATION is 3"
    # Each partition is on one broker, and there are as many as brokers.
    assert ".reports: no broker has partition" in found["topics"].message
    assert found["partitioner"].verdict is Verdict.ok
    three.start()
