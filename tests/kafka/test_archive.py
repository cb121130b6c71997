"""Raw reports reach storage from a real broker, each at least once, whatever is away meanwhile."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest
from kafka import KafkaProducer

from audience.reports import Report
from ingest.log import saw
from ingest.log.encoding import CONTENT_TYPE, decode, encode, to_batch, to_bytes
from ingest.log.kafka import KafkaLog
from ingest.log.topic import TopicRecord
from sinks.engine import Retry, Stop
from sinks.receipts import Happened
from streams.archive import Archive, Source
from tests.kafka.brokers import Kafka, admin
from tests.waiting import until

PARTITIONS = 2
TICK = to_bytes(to_batch([]))
T = 1_795_600_000_000


@dataclass
class FakeStore:
    """Keeps the `seq` of what is stored, and what collectors saw; `trouble` may raise before."""

    trouble: Callable[[], None] = lambda: None
    stored: Counter[int] = field(default_factory=Counter)
    happened: defaultdict[str, list[Happened]] = field(default_factory=lambda: defaultdict(list))
    tries: int = 0

    @property
    def receipts(self) -> "FakeStore":
        return self

    def put_happened(self, by_source: Mapping[str, Iterable[Happened]]) -> None:
        self.tries += 1
        self.trouble()
        for source, counted in by_source.items():
            self.happened[source] += counted

    def insert_reports(self, reports: pa.Table) -> None:
        self.tries += 1
        self.trouble()
        seqs: list[Any] = reports["seq"].to_pylist()
        self.stored.update(seqs)


def read(record: TopicRecord) -> pa.RecordBatch:
    assert record.content_type in (CONTENT_TYPE, "")
    assert 0 <= record.partition < PARTITIONS
    return decode(record.value)


@pytest.fixture(autouse=True)
def topic(kafka: Kafka) -> str:
    name = f"{kafka.prefix}.reports"
    with admin(kafka.bootstrap) as client:
        client.create_topics({name: {"num_partitions": PARTITIONS, "replication_factor": 1}})
    return name


def archive(kafka: Kafka, store: FakeStore, bootstrap: str = "") -> Archive:
    stands_in: Any = store
    where = bootstrap or kafka.bootstrap
    source = Source(where, f"{kafka.prefix}.reports", f"{kafka.prefix}-store", read)
    return Archive(stands_in, source, gather=0.2)


@contextlib.contextmanager
def running(each: Archive) -> Iterator[Archive]:
    each.start()
    try:
        yield each
    finally:
        each.stop()


def send(kafka: Kafka, seqs: range, *others: bytes) -> None:
    """A record each, by turns in each partition, and the `others` after them."""
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap.split(","))
    arrow = [("content-type", CONTENT_TYPE.encode())]
    values = [
        encode(
            [Report(t=T, viewer="a" * 32, session="b" * 32, channel="tv", seq=n, received=T + n)]
        )
        for n in seqs
    ]
    for n, value in enumerate((*values, *others)):
        headers = arrow if value not in others or value == TICK else []
        producer.send(f"{kafka.prefix}.reports", value, partition=n % PARTITIONS, headers=headers)
    producer.flush()
    producer.close()


def test_all_reports_are_stored_ticks_and_unreadable_records_passed_over(kafka: Kafka) -> None:
    send(kafka, range(20), TICK, b"poison", TICK)
    store = FakeStore()
    with running(archive(kafka, store)) as each:
        until(lambda: each.rows == 20)
    assert store.stored == Counter(range(20))
    assert (each.received, each.unreadable, each.lag) == (T + 19, 1, 0)
    assert each.failure is None


def test_what_collectors_saw_is_stored_whatever_is_away_meanwhile(kafka: Kafka, topic: str) -> None:
    log = KafkaLog(kafka.bootstrap, topic, PARTITIONS, 30)
    seen = saw.Saw("refused", "bad_seq", "tv", 1_795_600_000, 1_795_600_001)
    for source in ("a", "b"):
        log.tick(T, saw.Sightings(source, [(seen, 3)]))
    log.close()
    store = FakeStore(lambda: None)

    def away_once() -> None:
        if store.tries == 1:
            message = "away"
            raise Retry(message)

    store.trouble = away_once
    with running(archive(kafka, store)) as each:
        until(lambda: store.happened["b"])
        until(lambda: each.lag == 0)
    told = Happened("refused", 1_795_600_000, "tv", 3, "bad_seq", 1_795_600_001)
    assert store.happened == {"a": [told], "b": [told]}
    with running(archive(kafka, store)):
        pass  # who comes next finds it stored
    assert store.happened == {"a": [told], "b": [told]}


def test_who_comes_next_goes_on_where_the_last_one_stopped(kafka: Kafka) -> None:
    store = FakeStore()
    for n in range(2):
        send(kafka, range(10 * n, 10 * n + 10))
        with running(archive(kafka, store)) as each:
            until(lambda each=each: each.rows == 10)  # type: ignore[misc]
    assert store.stored == Counter(range(20))


def test_while_storage_is_away_the_same_reports_wait(kafka: Kafka) -> None:
    away = [True]

    def trouble() -> None:
        if away[0]:
            message = "away"
            raise Retry(message)

    send(kafka, range(10))
    store = FakeStore(trouble)
    with running(archive(kafka, store)) as each:
        until(lambda: store.tries > 1)
        send(kafka, range(10, 20))
        assert each.rows == 0
        away[0] = False
        until(lambda: each.rows == 20)
    assert store.stored == Counter(range(20))


def test_a_stop_while_storage_is_away_loses_nothing(kafka: Kafka) -> None:
    def away() -> None:
        message = "away"
        raise Retry(message)

    send(kafka, range(10))
    gone = FakeStore(away)
    with running(archive(kafka, gone)):
        until(lambda: gone.tries)
    store = FakeStore()
    with running(archive(kafka, store)) as each:
        until(lambda: each.rows == 10)
    assert store.stored == Counter(range(10))


def test_what_someone_must_correct_ends_it_and_is_told(kafka: Kafka) -> None:
    def trouble() -> None:
        message = "there is no table"
        raise Stop(message)

    send(kafka, range(1))
    with running(archive(kafka, FakeStore(trouble))) as each:
        until(lambda: each.failure)
    assert "there is no table" in str(each.failure)


@pytest.mark.parametrize("poll", [3, 5, 7, 9])
def test_who_joins_before_it_knows_the_topic_is_given_its_partitions(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch, poll: int
) -> None:
    """In kafka-python 3.0.12 a short poll forgets a join that news of the topic brought about."""
    monkeypatch.setattr("streams.archive.POLL", poll)
    send(kafka, range(20))
    store = FakeStore()
    with running(archive(kafka, store)):
        until(lambda: len(store.stored) == 20)
    assert store.stored == Counter(range(20))


def test_a_topic_that_is_not_there_yet_is_waited_for(kafka: Kafka, topic: str) -> None:
    with admin(kafka.bootstrap) as client:
        client.delete_topics([topic])
    store = FakeStore()
    with running(archive(kafka, store)) as each:
        until(lambda: each.reconnects)
        with admin(kafka.bootstrap) as client:
            client.create_topics({topic: {"num_partitions": PARTITIONS, "replication_factor": 1}})
        send(kafka, range(4))
        until(lambda: each.rows == 4)
    assert each.failure is None


@pytest.mark.parametrize("poll", [3, 5, 7, 9])
def test_a_join_that_was_forgotten_nevertheless_is_tried_again(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch, poll: int
) -> None:
    joins: list[int] = []

    def unasked(*_: object) -> set[int]:
        joins.append(poll)
        return {0}

    monkeypatch.setattr("streams.archive.KafkaConsumer.partitions_for_topic", unasked)
    monkeypatch.setattr("streams.archive.POLL", poll)
    monkeypatch.setattr("streams.archive.IDLE", 1)
    send(kafka, range(20))
    store = FakeStore()
    with running(archive(kafka, store)):
        until(lambda: store.stored or len(joins) > 1, 180)
        monkeypatch.setattr("streams.archive.IDLE", 30)
        monkeypatch.setattr("streams.archive.POLL", 2_000)
        until(lambda: len(store.stored) == 20, 180)


def test_kafka_away_is_waited_for(kafka: Kafka) -> None:
    with running(archive(kafka, FakeStore(), bootstrap="127.0.0.1:1")) as each:
        until(lambda: each.reconnects)
    assert each.failure is None
