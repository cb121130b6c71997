"""Records that come twice, out of order, or are none."""

import contextlib
import random
import time
from collections.abc import Iterator, Sequence

import pytest
from kafka import TopicPartition

from ingest.log.encoding import CONTENT_TYPE, JSON_LINES
from tests.faults import stored
from tests.faults.operations import Outcome
from tests.faults.players import Saying, hostile
from tests.faults.producing import Made, as_lines, packed, reported
from tests.faults.seeds import told
from tests.faults.stage import Stage, Stages
from tests.kafka.brokers import Cluster, admin

LATENESS = 20  # s
LATE = 17.0  # s: so late at most come records here, the age of what they say beside
SECONDS = 90
FLOOD = 60


@pytest.fixture
def patient(stages: Stages, cluster: Cluster) -> Iterator[Stage]:
    """Its records may come late."""
    with stages.around(cluster.bootstrap, PENONTON_LATENESS=str(LATENESS)) as stage:
        yield stage


def sent(stage: Stage, sayings: Sequence[Saying]) -> list[Made]:
    """As records, three of four reports as collectors write them, the others as partners do."""
    begin = time.time_ns() // 1_000_000 - SECONDS * 1000
    reports = reported(sayings, begin)
    for at, said in sayings:
        stage.log.add(begin / 1000 + at, [said], Outcome.acknowledged)
    lines = [as_lines(report, stage.partitions) for report in reports[::4]]
    columns = [report for number, report in enumerate(reports) if number % 4]
    records = [*lines, *packed(columns, stage.partitions)]
    return sorted(records, key=lambda record: record.timestamp)


def test_records_that_come_twice_and_out_of_order_count_once_and_right(patient: Stage) -> None:
    rng = random.Random(told())
    records = sent(patient, hostile(rng.randrange(1000), 100, SECONDS))
    again = rng.sample(records, len(records) // 3)
    shuffled = sorted(
        records + again, key=lambda record: record.timestamp + rng.uniform(0, LATE * 1000)
    )
    assert shuffled != records
    half = len(shuffled) // 2
    patient.produce(shuffled[:half])
    patient.worker("worker-1")
    patient.worker("worker-2")
    patient.produce(shuffled[half:])
    patient.pass_time()
    patient.check()


def poison() -> list[Made]:
    """One of each kind, in partition 0."""
    now = time.time_ns() // 1_000_000
    strange = b'{"t":1,"viewer":"v","session":"s","channel":"No Channel"}'
    values = [
        (b"\x00\xff" * 50, CONTENT_TYPE),
        (b"", CONTENT_TYPE),
        (b"\x00\xff" * 50, JSON_LINES),
        (b"{", JSON_LINES),
        (strange, JSON_LINES),
        (b"{}", "text/html"),
    ]
    return [Made(0, value, now, content_type) for value, content_type in values]


def elsewhere(record: Made, partitions: int) -> Made:
    """The same in a partition that its viewer is not in."""
    partition = (record.partition + 1) % partitions
    return Made(partition, record.value, record.timestamp, record.content_type)


def test_poison_is_set_aside_and_counting_goes_on(patient: Stage) -> None:
    records = sent(patient, hostile(told(), 60, SECONDS))
    line = next(record for record in records if record.content_type == JSON_LINES)
    bad = [*poison(), elsewhere(line, patient.partitions)]
    patient.produce(records[: len(records) // 2])
    patient.worker("worker-1")
    patient.produce([*bad, *records[len(records) // 2 :]])
    patient.pass_time()
    patient.check()
    aside = list(stored.records(patient.kafka, f"{patient.prefix}.quarantine"))
    assert {record.value for record in aside} == {record.value for record in bad}
    assert all(dict(record.headers)["penonton-reason"] for record in aside)


def test_a_flood_of_poison_stops_the_worker_and_all_is_there_for_one_that_is_told_better(
    patient: Stage,
) -> None:
    records = sent(patient, hostile(told(), 60, SECONDS))
    half = len(records) // 2
    now = time.time_ns() // 1_000_000
    patient.produce(records[:half])
    flooded = end_of(patient, 0)
    everywhere = [number for _ in range(FLOOD) for number in range(patient.partitions)]
    patient.produce([Made(number, b"no report", now) for number in everywhere])
    patient.produce(records[half:])
    worker = patient.worker("worker-1")
    assert worker.ended() == 1
    assert "cannot be read" in worker.said
    assert "PENONTON_POISON" in worker.said
    assert committed(patient, 0) <= flooded
    patient.pass_time()
    patient.worker("worker-2", PENONTON_POISON="101")
    patient.check()


def end_of(stage: Stage, partition: int) -> int:
    """The offset behind the last record of a partition."""
    place = TopicPartition(stage.reports, partition)
    with contextlib.closing(stored.consumer(stage.kafka)) as consumer:
        end: int = consumer.end_offsets([place])[place]
        return end


def committed(stage: Stage, partition: int) -> int:
    """How far the workers have committed it."""
    group, place = f"{stage.prefix}-watch", TopicPartition(stage.reports, partition)
    with admin(stage.kafka) as client:
        offsets = client.list_group_offsets([group])[group]
    return offsets[place].offset if place in offsets else 0
