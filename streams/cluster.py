"""A cluster as a worker sees it, and the Faust app set up for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import faust
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from faust.types import TopicT

from audience.rules import Rules
from streams.consuming import Consumer

LARGEST: Final = 5 * 1024 * 1024  # bytes; a record that is set aside may be as large as any
NEVER: Final = 10 * 365 * 86_400.0  # s
FETCH: Final = 4 * 1024 * 1024  # bytes; larger is faster at catching up, and holds more memory


class Stop(Exception):
    """The worker must not go on until someone has looked; the message says at what."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a worker is, and by which rules it counts.

    `topics`: what the names of topics and of the group begin with. `instance`: its name for static
    membership, or empty. `poison`: so many unreadable ones among the newest records of a partition
    stop it.
    """

    kafka: str
    topics: str
    partitions: int
    rules: Rules
    zones: Sequence[ZoneInfo]
    identify: Callable[[str], str]
    data: Path
    instance: str = ""
    session_timeout: int = 10
    poison: int = 50

    def topic(self, name: str) -> str:
        """The full name of a topic."""
        return f"{self.topics}.{name}"


def raw_topic(app: faust.App, name: str) -> TopicT:
    """A topic whose keys and values stay bytes."""
    return app.topic(
        name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )


def faust_app(cluster: Cluster) -> faust.App:
    """The app of a worker, without agents yet."""
    cluster.data.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        f"{cluster.topics}-watch",
        broker=[f"kafka://{server.strip()}" for server in cluster.kafka.split(",")],
        datadir=str(cluster.data / "faust"),
        web_enabled=False,
        # Held records would make a stop wait for them.
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        broker_session_timeout=float(cluster.session_timeout),
        broker_heartbeat_interval=cluster.session_timeout / 4,
        broker_rebalance_timeout=cluster.session_timeout * 2.0,
        # A worker without a partition fetches nothing, and is to be given one all the same when
        # others die; aiokafka 0.14 lets none come back that has been idle for so long.
        broker_max_poll_interval=NEVER,
        broker_commit_interval=1.0,
        broker_commit_livelock_soft_timeout=NEVER,  # commits trail by minutes, by intention
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH,
        producer_max_request_size=LARGEST,
        consumer_group_instance_id=cluster.instance or None,
    )
    transport: Any = app.transport  # which says that all of its kind have the same
    transport.Consumer = Consumer
    return app


async def partitions_of(kafka: str, topic: str) -> int | None:
    """How many partitions the topic has, 0 where there is none; None: Kafka does not answer."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.split(","), request_timeout_ms=5_000)
    try:
        await admin.start()
        (found,) = await admin.describe_topics([topic])
        return len(found["partitions"])
    except KafkaError:
        return None
    finally:
        await admin.close()
