"""The three topics: what they must be, and what would break where they are something else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from penonton.checks import Found, Verdict
from penonton.settings import InvalidSetting, Settings

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
QUARANTINED: Final = 30 * DAY
"""How long, in ms, unreadable records are kept: somebody must find the time to look."""
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of the largest record: what a partition gets while Kafka is slow is one."""
REASONS: Final = 64 * 1024
"""Bytes by which a record may grow in quarantine, where it is said why."""
TWICE: Final = (
    "viewers would be counted twice or not at all; docs/cluster.md says how the number is changed"
)
AHEAD: Final = 300_000
"""ms that a producer's clock may be ahead of the brokers': its time would make others late."""
SAFE: Final = 3
"""With so many copies, two must have a record before it is acknowledged: one broker may die."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; `config` by Kafka's names.

    `shortest`: the shortest retention, in ms, that breaks nothing. `divided`: what another number
    of partitions would break, or empty. `leaderless`: the partitions whose brokers are all away.
    """

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]
    shortest: int = 0
    divided: str = ""
    leaderless: tuple[int, ...] = ()

    @property
    def shape(self) -> str:
        """For people: into how many it is divided, and how often each is kept."""
        return f"{many(self.partitions, 'partition')}, {many(self.replication, 'copy')}"


def wanted(settings: Settings) -> tuple[Topic, Topic, Topic]:
    """Reports, levels, quarantine.

    Raises InvalidSetting where no Kafka is named, and where reports would be gone before they are
    counted.
    """
    if not settings.kafka:
        message = "PENONTON_KAFKA is empty: name the brokers, like kafka1:9092,kafka2:9092"
        raise InvalidSetting(message)
    kept = settings.kafka_retention_hours * HOUR
    shortest = settings.rules.horizon + DAY
    if kept < shortest:
        message = (
            f"PENONTON_KAFKA_RETENTION_HOURS: {settings.kafka_retention_hours} is too short: a "
            f"worker reads {settings.rules.horizon // 1000} s again, and may have been away for "
            f"a day; at least {-(-shortest // HOUR)} is needed"
        )
        raise InvalidSetting(message)

    def topic(
        name: str, config: Mapping[str, str], partitions: int = 1, shortest: int = 0, says: str = ""
    ) -> Topic:
        full = f"{settings.topics}.{name}"
        return Topic(full, partitions, settings.replication, config, shortest, says)

    config = _config(settings.replication) | {"retention.ms": str(kept)}
    bounded = {"message.timestamp.after.max.ms": str(AHEAD)}
    unreadable = {
        "retention.ms": str(max(kept, QUARANTINED)),
        "max.message.bytes": str(LARGEST + REASONS),
    }
    return (
        topic("reports", config | bounded, settings.partitions, shortest, TWICE),
        topic("levels", config, 1, shortest, "who is given its one partition holds the totals"),
        topic("quarantine", config | unreadable),
    )


def _config(replication: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.bytes": "-1",
        "max.message.bytes": str(LARGEST),
        "min.insync.replicas": "2" if replication >= SAFE else "1",
        "unclean.leader.election.enable": "false",
        "message.timestamp.type": "CreateTime",
        # Also what others produce as they like: then all readers need to know one.
        "compression.type": "lz4",
    }


def judge(topic: Topic, found: Topic | None) -> list[Found]:
    """What is to be said of a topic as it was found, None where it was not."""
    if found is None:
        return [(Verdict.bad, "is not there: run penonton topics")]
    said = [*_shape(topic, found), *_settings(topic, found)]
    return said or [(Verdict.ok, found.shape)]


def _shape(topic: Topic, found: Topic) -> list[Found]:
    said: list[Found] = []
    if found.partitions != topic.partitions:
        message = f"has {many(found.partitions, 'partition')}, {topic.partitions} wanted"
        said.append(
            (Verdict.bad, f"{message}: {topic.divided}")
            if topic.divided
            else (Verdict.warn, message)
        )
    if found.replication < topic.replication:
        message = (
            f"each record is on {many(found.replication, 'broker')}, {topic.replication} wanted: "
            "fewer brokers may die; kafka-reassign-partitions.sh"
        )
        said.append((Verdict.warn, message))
    if found.leaderless:
        numbers = ", ".join(map(str, found.leaderless))
        said.append((Verdict.bad, f"no broker has partition {numbers}: start the one that did"))
    if (needed := int(found.config["min.insync.replicas"])) > found.replication:
        message = (
            f"min.insync.replicas is {needed}, and there is {many(found.replication, 'copy')}: "
            "nothing can be written"
        )
        said.append((Verdict.bad, message))
    return said


def _settings(topic: Topic, found: Topic) -> list[Found]:
    said: list[Found] = []
    for key, value in topic.config.items():
        is_, rule = found.config[key], RULES[key]
        if not rule.same(is_, value):
            verdict = Verdict.warn if rule.safe(is_, topic) else Verdict.bad
            said.append((verdict, f"{key} is {is_}, not {value}: {rule.says}"))
    return said


def _equal(found: str, value: str) -> bool:
    return found == value


def _enough(found: str, value: str) -> bool:
    return int(found) >= int(value)


def _at_most(found: str, value: str) -> bool:
    return int(found) <= int(value)


def _never(_found: str, _topic: Topic) -> bool:
    return False


def _kept_long_enough(found: str, topic: Topic) -> bool:
    return int(found) < 0 or int(found) >= topic.shortest


@dataclass(frozen=True, slots=True)
class Rule:
    """What it means that a setting is not the `same` as wanted, and when that is `safe`."""

    says: str
    same: Callable[[str, str], bool] = _equal
    safe: Callable[[str, Topic], bool] = _never


RULES: Final = {
    "cleanup.policy": Rule("compaction deletes reports, and refuses those without a key"),
    "retention.ms": Rule(
        "what a worker that was away must read again has to be there for the horizon and a day",
        safe=_kept_long_enough,
    ),
    "retention.bytes": Rule("reports may be deleted before their time"),
    "max.message.bytes": Rule("large batches would be refused", same=_enough),
    "min.insync.replicas": Rule(
        "what was acknowledged may be on one broker only, and lost with it", same=_enough
    ),
    "unclean.leader.election.enable": Rule(
        "a broker that missed reports may lead, and what was acknowledged is lost"
    ),
    "message.timestamp.type": Rule(
        "the brokers' clocks would say when reports were sent, and make some of them late"
    ),
    "message.timestamp.after.max.ms": Rule(
        "a producer whose clock is ahead would make what others report late", same=_at_most
    ),
    "compression.type": Rule(
        "what is produced with zstd or snappy cannot be read by all that must read it",
        safe=lambda found, _: found not in {"zstd", "snappy"},
    ),
}
"""By Kafka's name of the setting."""


def many(count: int, one: str) -> str:
    """As people say it."""
    if count == 1:
        return f"1 {one}"
    return f"{count} {one.removesuffix('y') + 'ies' if one.endswith('y') else one + 's'}"
