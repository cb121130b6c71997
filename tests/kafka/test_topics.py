"""`penonton topics` against a real broker."""

import asyncio
import json
import os
import subprocess
import sys
import time

import aiokafka
import pytest
from aiokafka import AIOKafkaConsumer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import InvalidTimestampError

from tests.kafka.brokers import Cluster, Kafka, admin

REPORTS, LEVELS, QUARANTINE = "reports", "levels", "quarantine"
RIGHT = {
    "compression_type": "lz4",
    "max_message_bytes": "4194304",
    "message_timestamp_after_max_ms": "300000",
    "retention_ms": str(48 * 3_600_000),
}
"""What of the reports' topic is not so by default."""


def topics(kafka: Kafka, *options: str, **settings: str) -> tuple[int, dict[str, list[str]], str]:
    """The exit status, what was said of each topic, and what went to stderr."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PENONTON_")}
    answer = subprocess.run(
        [sys.executable, "-m", "penonton", "topics", "--format", "json", *options],
        env=clean | kafka.environment(3) | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    said: dict[str, list[str]] = {}
    for line in answer.stdout.splitlines():
        row = json.loads(line)
        name = row["topic"].removeprefix(f"{kafka.prefix}.")
        said.setdefault(name, []).append(f"{row['verdict']}: {row['message']}")
    return answer.returncode, said, answer.stderr


def has(kafka: Kafka, topic: str, partitions: int, **config: str) -> None:
    """Somebody has made a topic in another way; `_` for `.` in the names of settings."""
    named = {key.replace("_", "."): value for key, value in config.items()}
    with admin(kafka.bootstrap) as client:
        shape = {"num_partitions": partitions, "replication_factor": 1, "configs": named}
        client.create_topics({f"{kafka.prefix}.{topic}": shape})


def test_topics_are_made_once(kafka: Kafka) -> None:
    made = {
        REPORTS: ["ok: made: 3 partitions, 1 copy"],
        LEVELS: ["ok: made: 1 partition, 1 copy"],
        QUARANTINE: ["ok: made: 1 partition, 1 copy"],
    }
    there = {name: [line.replace("made: ", "") for line in said] for name, said in made.items()}
    assert topics(kafka) == (0, made, "")
    assert topics(kafka) == (0, there, "")
    assert topics(kafka, "--check") == (0, there, "")


def test_looking_makes_nothing(kafka: Kafka) -> None:
    status, said, _ = topics(kafka, "--check")
    assert status == 1
    assert said[REPORTS] == ["bad: is not there: run penonton topics"]
    with admin(kafka.bootstrap) as client:
        assert not any(name.startswith(kafka.prefix) for name in client.list_topics())


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"cleanup_policy": "compact"}, "bad: cleanup.policy is compact, not delete"),
        ({"cleanup_policy": "compact,delete"}, "bad: cleanup.policy is compact,delete"),
        ({"retention_bytes": "1000000"}, "bad: retention.bytes is 1000000"),
        ({"max_message_bytes": "4194303"}, "bad: max.message.bytes is 4194303"),
        ({"unclean_leader_election_enable": "true"}, "bad: unclean.leader.election.enable"),
        ({"message_timestamp_type": "LogAppendTime"}, "bad: message.timestamp.type"),
        (
            {"message_timestamp_after_max_ms": "300001"},
            "bad: message.timestamp.after.max.ms is 300001, not 300000",
        ),
        ({"min_insync_replicas": "2"}, "bad: min.insync.replicas is 2, and there is 1 copy"),
        ({"compression_type": "producer"}, "warn: compression.type is producer, not lz4"),
        ({"compression_type": "zstd"}, "bad: compression.type is zstd, not lz4"),
    ],
)
def test_what_a_difference_breaks_is_said(kafka: Kafka, config: dict[str, str], said: str) -> None:
    has(kafka, REPORTS, 3, **RIGHT | config)
    status, found, _ = topics(kafka)
    (line,) = found[REPORTS]
    assert line.startswith(said)
    assert status == said.startswith("bad")


@pytest.mark.parametrize(
    ("ms", "verdict"),
    # The horizon is 120 + 9 * 40 s with the defaults.
    [("86879999", "bad"), ("86880000", "warn"), ("-1", "warn"), ("172800000", None)],
)
def test_retention_must_be_longer_than_the_horizon_and_a_day(
    kafka: Kafka, ms: str, verdict: str | None
) -> None:
    has(kafka, REPORTS, 3, **RIGHT | {"retention_ms": ms})
    status, found, _ = topics(kafka)
    assert found[REPORTS][0].startswith(f"{verdict}: retention.ms" if verdict else "ok: ")
    assert status == (verdict == "bad")


@pytest.mark.parametrize(("hours", "status"), [("24", 2), ("25", 0)])
def test_a_retention_that_would_be_too_short_makes_nothing(
    kafka: Kafka, hours: str, status: int
) -> None:
    found, said, message = topics(kafka, PENONTON_KAFKA_RETENTION_HOURS=hours)
    assert found == status
    assert bool(said) == (status == 0)
    assert ("PENONTON_KAFKA_RETENTION_HOURS: 24 is too short" in message) == (status == 2)


def test_another_number_of_partitions_is_not_counted_on(kafka: Kafka) -> None:
    topics(kafka)
    status, said, _ = topics(kafka, PENONTON_PARTITIONS="4")
    assert status == 1
    assert said[REPORTS][0].startswith("bad: has 3 partitions, 4 wanted: viewers would be counted")
    assert said[LEVELS] == ["ok: 1 partition, 1 copy"]


def test_levels_have_one_partition(kafka: Kafka) -> None:
    has(kafka, LEVELS, 2)
    assert any("bad: has 2 partitions, 1 wanted" in line for line in topics(kafka)[1][LEVELS])


def test_copies_need_brokers_to_be_on(kafka: Kafka) -> None:
    status, said, message = topics(kafka, PENONTON_REPLICATION="3")
    assert (status, said) == (1, {})
    assert "replication factor of 3 cannot be reached" in message


def test_a_clickhouse_that_is_not_there_yet_does_not_keep_topics_from_being_made(
    kafka: Kafka,
) -> None:
    nowhere = "clickhouse://penonton:secret@127.0.0.1:1/penonton"
    status, said, _ = topics(kafka, PENONTON_CLICKHOUSE=nowhere)
    assert status == 0
    assert said[REPORTS][0].startswith("ok: made")
    assert said[REPORTS][1].startswith("warn: how many partitions were counted in could not be")
    assert "secret" not in said[REPORTS][1]


def test_without_kafka_there_is_nothing_to_do(kafka: Kafka) -> None:
    status, _, message = topics(kafka, PENONTON_KAFKA="")
    assert status == 2
    assert "PENONTON_KAFKA is empty" in message


def test_three_copies_of_which_two_must_be_written(three: Cluster) -> None:
    kafka = Kafka(three.bootstrap, "x")
    assert topics(kafka, PENONTON_REPLICATION="3")[1][REPORTS] == [
        "ok: made: 3 partitions, 3 copies"
    ]
    status, said, _ = topics(Kafka(three.bootstrap, "y"), PENONTON_REPLICATION="1")
    assert status == 0
    status, said, _ = topics(Kafka(three.bootstrap, "y"), PENONTON_REPLICATION="3")
    assert status == 1
    assert [line.split(":")[:2] for line in said[REPORTS]] == [
        ["warn", " each record is on 1 broker, 3 wanted"],
        ["bad", " min.insync.replicas is 1, not 2"],
    ]


@pytest.mark.parametrize("codec", [None, "gzip"])
def test_however_others_compress_all_can_read_it(kafka: Kafka, codec: str | None) -> None:
    topics(kafka)
    line = json.dumps({"viewer": "0" * 32}).encode() * 100
    servers = kafka.bootstrap.split(",")
    producer = KafkaProducer(bootstrap_servers=servers, compression_type=codec)
    producer.send(f"{kafka.prefix}.reports", line, partition=0).get(60)
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=servers)
    partition = TopicPartition(f"{kafka.prefix}.reports", 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    assert next(consumer).value == line
    consumer.close()
    assert asyncio.run(read_by_aiokafka(kafka)) == line


async def read_by_aiokafka(kafka: Kafka) -> bytes:
    """The first record, by the client that the worker counts with."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap)
    await consumer.start()
    partition = aiokafka.TopicPartition(f"{kafka.prefix}.reports", 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    value: bytes = (await consumer.getone()).value
    await consumer.stop()
    return value


def test_a_producer_whose_clock_is_far_ahead_is_refused(kafka: Kafka) -> None:
    """Its time would pass for everybody's, and what others report would come too late."""
    topics(kafka)
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    now = time.time_ns() // 1_000_000
    producer.send(f"{kafka.prefix}.reports", b"", partition=0, timestamp_ms=now + 200_000).get(30)
    with pytest.raises(InvalidTimestampError):
        producer.send(f"{kafka.prefix}.reports", b"", partition=0, timestamp_ms=now + 400_000).get(
            30
        )
    producer.close()
