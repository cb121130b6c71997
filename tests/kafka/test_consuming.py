"""What Faust dropped in a rebalance is delivered again, whether anything is committed or not."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from faust.types import TP, EventT, StreamT
from kafka import TopicPartition

from audience.rules import Rules
from ingest.identity import Identity
from streams.cluster import Cluster, faust_app, raw_topic
from tests.faults.producing import produce, told_time
from tests.kafka.brokers import Kafka, admin

RECORDS = 6
T = 1_795_600_000_000


class Listening:
    """A Faust app of ours whose agent writes down what it is given, and acknowledges nothing."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        cluster = Cluster(
            kafka=kafka.bootstrap,
            topics=kafka.prefix,
            partitions=1,
            rules=Rules(),
            zones=[],
            identify=Identity(""),
            data=folder,
        )
        self.app = faust_app(cluster)
        self.events: list[EventT[bytes]] = []
        self._coming: asyncio.Queue[EventT[bytes]] = asyncio.Queue()
        self.app.agent(raw_topic(self.app, cluster.topic("reports")), name="watch")(self._hear)
        self.place = TP(cluster.topic("reports"), 0)

    async def _hear(self, stream: StreamT[bytes]) -> None:
        stream.enable_acks = False
        async for _ in stream:
            assert stream.current_event
            self._coming.put_nowait(stream.current_event)

    async def heard(self, count: int) -> Sequence[int]:
        """The offsets of so many events, in the order of their coming."""
        async with asyncio.timeout(60):
            while len(self.events) < count:
                self.events.append(await self._coming.get())
        return [event.message.offset for event in self.events]


@pytest.fixture(autouse=True)
def records(kafka: Kafka) -> None:
    topic = f"{kafka.prefix}.reports"
    with admin(kafka.bootstrap) as client:
        client.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}})
    produce(kafka.bootstrap, topic, (told_time(1, T + n)[0] for n in range(RECORDS)))


def listened(
    kafka: Kafka, folder: Path, body: Callable[[Listening], Awaitable[Sequence[int]]]
) -> Sequence[int]:
    """What `body` answers while an app listens."""

    async def listening() -> Sequence[int]:
        listener = Listening(kafka, folder)
        await listener.app.start()
        try:
            return await body(listener)
        finally:
            await listener.app.stop()

    return asyncio.run(listening())


def test_where_nothing_is_committed_all_is_delivered_again(kafka: Kafka, tmp_path: Path) -> None:
    async def body(listener: Listening) -> Sequence[int]:
        await listener.heard(RECORDS)
        await listener.app.consumer.perform_seek()
        return await listener.heard(2 * RECORDS)

    assert listened(kafka, tmp_path, body) == [*range(RECORDS), *range(RECORDS)]


def test_what_is_committed_is_not_delivered_again(kafka: Kafka, tmp_path: Path) -> None:
    async def body(listener: Listening) -> Sequence[int]:
        await listener.heard(RECORDS)
        for event in listener.events[:4]:
            event.ack()
        await listener.app.consumer.commit()
        await listener.app.consumer.perform_seek()
        return await listener.heard(RECORDS + 2)

    assert listened(kafka, tmp_path, body) == [*range(RECORDS), 4, 5]


def test_where_the_beginning_is_gone_the_earliest_is_delivered(
    kafka: Kafka, tmp_path: Path
) -> None:
    async def body(listener: Listening) -> Sequence[int]:
        await listener.heard(RECORDS)
        with admin(kafka.bootstrap) as client:
            client.delete_records({TopicPartition(*listener.place): 2})
        await listener.app.consumer.perform_seek()
        return await listener.heard(RECORDS + 4)

    assert listened(kafka, tmp_path, body) == [*range(RECORDS), *range(2, RECORDS)]


def test_only_the_thread_that_fetches_touches_the_client(kafka: Kafka, tmp_path: Path) -> None:
    """Another one would take from it what it is about to hand over."""

    async def body(listener: Listening) -> Sequence[int]:
        await listener.heard(RECORDS)
        consumer: Any = listener.app.consumer
        thread = consumer._thread
        fetcher, seeking = thread._consumer._fetcher, []

        def seek_to(place: TP, offset: int) -> None:
            seeking.append(threading.get_ident())
            type(fetcher).seek_to(fetcher, place, offset)

        fetcher.seek_to = seek_to
        await listener.app.consumer.perform_seek()
        return [*seeking, await thread.call_thread(threading.get_ident)]

    (sought, fetches) = listened(kafka, tmp_path, body)
    assert sought == fetches
