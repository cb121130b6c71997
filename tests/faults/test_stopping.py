"""Who is told to stop stops within seconds, whatever does not answer meanwhile.

Each way in which Kafka can be away is tried once; with FAULT_LONG busy and idle, both ways.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor

from penonton.stopping import WITHIN
from tests.faults.players import hostile
from tests.faults.processes import Process, until
from tests.faults.seeds import LONG, told
from tests.faults.stage import ClickHouse, Stage, Stages
from tests.kafka.brokers import Broker, Cluster

FAULTS: dict[str, Callable[[Broker], None]] = {"killed": Broker.kill, "paused": Broker.pause}
HANGS = 60.0  # s, far above what a stop may take


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture
def lone(alone: Cluster) -> Iterator[Cluster]:
    """A broker for the tests of this module, healed after each."""
    yield alone
    heal(alone)


@pytest.fixture
def stage(stages: Stages, lone: Cluster) -> Iterator[Stage]:
    with stages.around(lone.bootstrap) as stage:
        yield stage


def heal(cluster: Cluster) -> None:
    (broker,) = cluster.brokers
    if broker.running:
        broker.resume()
    cluster.start()


def stopped(process: Process) -> None:
    """It has ended by itself, and said so if it left something undone."""
    assert WITHIN < HANGS / 2
    status = process.stop(HANGS)
    assert status in {0, 1}, process.said
    assert status == 0 or "penonton: " in process.said


@pytest.mark.parametrize("fault", FAULTS if LONG else ["paused"])
def test_worker_and_collector_stop_while_kafka_is_away_and_what_they_had_is_counted_by_others(
    stage: Stage, lone: Cluster, fault: str
) -> None:
    collector, worker = stage.collector(), stage.worker("worker-1")
    stage.until_counted()
    with stage.load([collector], hostile(told(), 300, 120)) as load:
        load.until_more(100)
        FAULTS[fault](lone.brokers[0])
        time.sleep(1)  # some of what they do waits for it by now
        stopped(worker)
        stopped(collector)
        heal(lone)
        worker.start()
        collector.start()
    stage.until_drained()
    stage.pass_time()
    stage.check()


@pytest.mark.parametrize("fault", FAULTS if LONG else ["killed"])
def test_an_idle_worker_stops_while_kafka_is_away(stage: Stage, lone: Cluster, fault: str) -> None:
    worker = stage.worker("worker-1")
    worker.until_answers()
    stage.until_members(1)
    FAULTS[fault](lone.brokers[0])
    stopped(worker)


def test_a_worker_that_waits_for_kafka_from_its_start_stops(stage: Stage, lone: Cluster) -> None:
    lone.brokers[0].pause()
    worker = stage.worker("worker-1")
    worker.until_answers()
    stopped(worker)


def test_a_worker_that_stands_still_beside_kafka_ends_and_says_so(stage: Stage) -> None:
    """Here another kind of consumer has its group: aiokafka waits for ever then."""
    other = KafkaConsumer(
        stage.reports,
        bootstrap_servers=stage.kafka,
        group_id=f"{stage.prefix}-watch",
        partition_assignment_strategy=[RangePartitionAssignor],  # workers have another
    )
    with contextlib.closing(other):
        until("the other has the group", lambda: other.poll(100) or other.assignment())
        worker = stage.worker("worker-1")
        assert worker.ended() == 1, worker.said
        assert "penonton: counting stood still" in worker.said


def test_a_worker_stops_while_clickhouse_does_not_answer(cluster: Cluster, tmp_path: Path) -> None:
    with (
        ClickHouse(tmp_path) as clickhouse,
        Stages(clickhouse, tmp_path).around(cluster.bootstrap) as stage,
    ):
        collector, worker = stage.collector(), stage.worker("worker-1")
        stage.until_counted()
        with stage.load([collector], hostile(told(), 300, 120)) as load:
            load.until_more(50)
            clickhouse.process.pause()
            load.until_more(50)
        stopped(worker)
        clickhouse.process.resume()
        worker.start()
        stage.pass_time()
        stage.check()
