"""Reports in a real Kafka: where they lie, and what is said when nobody answers."""

import gc
from collections.abc import Iterator, Sequence

import msgspec
import pytest

from audience.reports import Report
from ingest.log import saw
from ingest.log.appending import Retry
from ingest.log.encoding import CONTENT_TYPE, decode, to_reports
from ingest.log.kafka import LARGEST, MOST, KafkaLog, values
from ingest.log.topic import partition_of
from penonton.cluster import topics
from penonton.settings import load
from tests.faults.stored import records
from tests.kafka.brokers import Kafka, free_ports
from tests.log.made import report

PARTITIONS = 4

# kafka-python leaves the sockets of a producer that found no broker to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def of_viewers(count: int) -> list[Report]:
    return [
        msgspec.structs.replace(report(seq, received=1_000 + seq), viewer=f"{seq % 50:032x}")
        for seq in range(count)
    ]


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def topic(kafka: Kafka) -> str:
    topics(load(kafka.environment(PARTITIONS)), only_look=False)
    return f"{kafka.prefix}.reports"


def test_what_was_stored_is_read_back_from_the_partition_of_its_viewer(
    kafka: Kafka, topic: str
) -> None:
    log = KafkaLog(kafka.bootstrap, topic, PARTITIONS, 30)
    sent = of_viewers(300)
    log.store(sent[:200])
    log.store(sent[200:])
    log.close()
    found: dict[int, list[Report]] = {}
    for record in records(kafka.bootstrap, topic):
        assert dict(record.headers) == {"content-type": CONTENT_TYPE.encode()}
        found.setdefault(record.partition, []).extend(to_reports(decode(record.value)))
    assert found == {
        number: [each for each in sent if partition_of(each.viewer, PARTITIONS) == number]
        for number in range(PARTITIONS)
    }


def test_a_tick_tells_every_partition_the_time_and_holds_no_report(
    kafka: Kafka, topic: str
) -> None:
    log = KafkaLog(kafka.bootstrap, topic, PARTITIONS, 30)
    log.tick(1_795_600_000_123)
    log.close()
    found = list(records(kafka.bootstrap, topic))
    assert sorted(record.partition for record in found) == list(range(PARTITIONS))
    assert {record.timestamp for record in found} == {1_795_600_000_123}
    assert {decode(record.value).num_rows for record in found} == {0}


def test_what_a_collector_saw_goes_once_beside_the_time(kafka: Kafka, topic: str) -> None:
    log = KafkaLog(kafka.bootstrap, topic, PARTITIONS, 30)
    seen = [(saw.Saw("refused", "bad_seq", "tv", 1_795_600_000, 1_795_600_001), 3)]
    sightings = saw.Sightings("collector 1", seen)
    log.tick(1_795_600_000_123, sightings)
    log.tick(1_795_600_001_123, saw.Sightings("collector 1", []))
    log.close()
    found = list(records(kafka.bootstrap, topic))
    assert len(found) == 2 * PARTITIONS
    assert {decode(record.value).num_rows for record in found} == {0}
    told = [dict(record.headers).get(saw.HEADER) for record in found]
    assert [saw.decode(value) for value in told if value] == [sightings]


def test_what_is_no_sighting_is_said_to_be_none() -> None:
    for value in (b"", b"{}", b'{"source":"a","seen":[[["won","","tv",1,1],1]]}'):
        with pytest.raises(saw.Unreadable):
            saw.decode(value)


def test_where_no_broker_answers_it_is_to_be_tried_again(topic: str) -> None:
    (port,) = free_ports(1)
    log = KafkaLog(f"127.0.0.1:{port}", topic, PARTITIONS, 0.5)
    for _ in range(2):
        with pytest.raises(Retry):
            log.store(of_viewers(1))
    log.close()


@pytest.mark.parametrize("more", [1, -1])
def test_where_the_topic_has_another_number_of_partitions_nothing_is_written_and_it_is_said(
    kafka: Kafka, topic: str, more: int
) -> None:
    """Fewer have no place for some viewers; with more, others put them elsewhere."""
    log = KafkaLog(kafka.bootstrap, topic, PARTITIONS + more, 30)
    for _ in range(2):
        with pytest.raises(Retry, match=f"has {PARTITIONS} partitions, PENONTON_PARTITIONS says"):
            log.store(of_viewers(1))
    log.close()
    assert not list(records(kafka.bootstrap, topic))


def test_where_the_topic_is_not_there_it_is_said_who_makes_it(kafka: Kafka) -> None:
    log = KafkaLog(kafka.bootstrap, f"{kafka.prefix}.reports", PARTITIONS, 2)
    with pytest.raises(Retry, match=f"does not know {kafka.prefix}.reports: penonton topics"):
        log.store(of_viewers(1))
    log.close()


@pytest.mark.parametrize("count", [1, MOST, MOST + 1])
def test_no_record_holds_more_reports_than_a_reader_expects(count: int) -> None:
    assert len(list(values(of_viewers(count)))) == (2 if count > MOST else 1)


def test_no_record_is_larger_than_brokers_take() -> None:
    sent = [
        msgspec.structs.replace(each, app=f"{each.seq:06d}" * 100) for each in of_viewers(3_000)
    ]
    made = list(values(sent))
    assert max(map(len, made)) <= LARGEST
    assert _read(made) == sent


def _read(made: Sequence[bytes]) -> list[Report]:
    return [each for value in made for each in to_reports(decode(value))]
