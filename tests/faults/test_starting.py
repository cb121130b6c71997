"""Kafka goes away while a worker starts."""

import asyncio
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from audience.rules import Rules
from penonton.cluster import topics
from penonton.settings import load
from streams.app import TICK, Worker
from streams.cluster import Cluster
from streams.partition import Partition
from tests.faults.processes import until
from tests.faults.producing import produce, told_time
from tests.kafka.brokers import Cluster as Brokers

PARTITIONS = 2


def test_a_worker_that_loses_kafka_while_it_starts_counts_once_it_is_back(tmp_path: Path) -> None:
    with Brokers(tmp_path / "kafka") as brokers:
        settings = {"PENONTON_KAFKA": brokers.bootstrap, "PENONTON_PARTITIONS": f"{PARTITIONS}"}
        topics(load(settings), only_look=False)
        produce(brokers.bootstrap, "penonton.reports", told_time(PARTITIONS, 1_764_000_000_000))
        brokers.kill()
        counted = asyncio.run(started_twice(brokers, tmp_path))
        assert {number: each.next for number, each in counted.items()} == {0: 1, 1: 1}


async def started_twice(brokers: Brokers, folder: Path) -> dict[int, Partition]:
    zones = [ZoneInfo("Asia/Jakarta")]
    cluster = Cluster(
        brokers.bootstrap, "penonton", PARTITIONS, Rules(), zones, str, folder / "data"
    )
    worker = Worker(cluster, None, lambda: None)
    assert not await worker.start()
    await asyncio.to_thread(brokers.start)
    assert await worker.start()
    await asyncio.to_thread(until, "both are counted", lambda: len(worker.partitions) == PARTITIONS)
    ticks, begun = worker.ticks, time.monotonic()
    await asyncio.sleep(2)
    # Not two timers beside each other.
    assert worker.ticks - ticks <= (time.monotonic() - begun) / TICK + 1
    await worker.app.stop()
    return worker.partitions
