"""Kafka as it is: asked about its topics, and told to make those that are not there."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

from penonton.checks import Found, Verdict
from penonton.settings import Settings
from penonton.storage import engine
from penonton.topics import Topic, judge, many, wanted
from sinks.engine import Retry, Stop

COLUMNS: Final = ("topic", "verdict", "message")


class Refused(Exception):
    """Kafka must be reached, and must take what was asked, before this can be done."""


@contextlib.contextmanager
def admin(settings: Settings, patience: float = 30.0) -> Iterator[Any]:
    """A client that administers Kafka; `patience`: s to wait for a broker.

    Raises Refused, also for what Kafka refuses inside the block.
    """
    client = None
    try:
        client = KafkaAdminClient(
            bootstrap_servers=settings.kafka.split(","),
            bootstrap_timeout_ms=int(patience * 1000),
            # A broker that has just been started is not to be waited for longer than it takes.
            reconnect_backoff_max_ms=1_000,
        )
        yield client
    except KafkaError as error:
        what = "refused" if client else f"does not answer after {patience:.0f} s"
        message = f"Kafka at {settings.kafka} {what}: {error}"
        raise Refused(message) from error
    finally:
        if client:
            client.close()


def topics(settings: Settings, *, only_look: bool) -> list[tuple[str, Found]]:
    """Of each topic what is to be said; those that are not there are made, unless `only_look`.

    Raises InvalidSetting before anything is made, and Refused.
    """
    needed = wanted(settings)
    with admin(settings) as client:
        there = existing(client, needed)
        made = set() if only_look else {each.name for each in needed} - there.keys()
        for topic in needed:
            if topic.name in made:
                _make(client, topic)
        if made:
            there = existing(client, needed)
    found = [
        (topic.name, (verdict, f"made: {said}" if topic.name in made else said))
        for topic in needed
        for verdict, said in judge(topic, there.get(topic.name))
    ]
    verdict, said = _counted_before(settings)
    return found if verdict is Verdict.ok else [*found, (needed[0].name, (verdict, said))]


def counted(settings: Settings) -> Found:
    """Whether what is stored was counted in as many partitions as there are now.

    Raises Retry and Stop as the engine does.
    """
    if not settings.clickhouse:
        return Verdict.ok, "none stored"
    with contextlib.closing(engine(settings)) as storage:
        sql = "SELECT uniqExact(name) AS n FROM progress WHERE match(name, '^final/[0-9]+$')"
        found = storage.query(sql)["n"][0].as_py()
    if found not in {0, settings.partitions}:
        return Verdict.bad, (
            f"counted in {many(found, 'partition')} so far, PENONTON_PARTITIONS is "
            f"{settings.partitions}: docs/cluster.md says how the number is changed"
        )
    return Verdict.ok, f"counted in {many(found, 'partition')} so far"


def _counted_before(settings: Settings) -> Found:
    try:
        return counted(settings)
    except (Retry, Stop) as error:  # it may not have been started yet, or have no tables
        return Verdict.warn, f"how many partitions were counted in could not be asked: {error}"


def existing(client: Any, needed: Sequence[Topic]) -> dict[str, Topic]:  # noqa: ANN401 - kafka-python has no types
    """Those of the `needed` that there are, as they are, by name."""
    names = sorted({topic.name for topic in needed} & set(client.list_topics()))
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs = client.describe_configs(asked, config_filter="all")["topic"]
    return {
        (name := topic["name"]): Topic(
            name,
            partitions=len(topic["partitions"]),
            replication=min(len(each["replica_nodes"]) for each in topic["partitions"]),
            config={key: str(value["value"]) for key, value in configs[name].items()},
            leaderless=tuple(
                each["partition_index"] for each in topic["partitions"] if each["leader_id"] < 0
            ),
        )
        for topic in client.describe_topics(names)
    }


def _make(client: Any, topic: Topic) -> None:  # noqa: ANN401 - kafka-python has no types
    """Make it and wait until it can be used."""
    answer = client.create_topics(
        {
            topic.name: {
                "num_partitions": topic.partitions,
                "replication_factor": topic.replication,
                "configs": dict(topic.config),
            }
        },
        raise_errors=False,
    )
    for refused in answer["topics"]:
        error = for_code(refused["error_code"])
        if error not in {NoError, TopicAlreadyExistsError}:  # another process may be quicker
            message = f"{topic.name}: {refused['error_message']}"
            raise Refused(message)
    client.wait_for_topics([topic.name])
