"""The newest records of the reports' topic, to be looked at."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from kafka import KafkaConsumer, TopicPartition

from ingest.log.encoding import CONTENT_TYPE, Reject, decode
from penonton.settings import Settings

EACH: Final = 20  # records of a partition
QUIET: Final = 5_000  # ms without an answer


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it lies in the topic; `timestamp` in ms since the epoch."""

    partition: int
    offset: int
    timestamp: int
    content_type: str
    value: bytes


class _Viewer(msgspec.Struct):
    viewer: str


_lines = msgspec.json.Decoder(_Viewer)


def newest(settings: Settings, partitions: Collection[int]) -> list[Record]:
    """Up to EACH of these partitions, which must have a leader, in order; raises KafkaError."""
    if not partitions:
        return []
    consumer: Any = KafkaConsumer(
        bootstrap_servers=settings.kafka.split(","),
        group_id=None,
        enable_auto_commit=False,
        consumer_timeout_ms=QUIET,
    )
    try:
        topic = f"{settings.topics}.reports"
        every = [TopicPartition(topic, number) for number in sorted(partitions)]
        consumer.assign(every)
        first, ends = consumer.beginning_offsets(every), consumer.end_offsets(every)
        left = {each: ends[each] for each in every if ends[each] > first[each]}
        for each in left:
            consumer.seek(each, max(first[each], ends[each] - EACH))
        consumer.pause(*(set(every) - left.keys()))
        return _read(consumer, left)
    finally:
        consumer.close()


def viewers(record: Record) -> list[str]:
    """The ids of the viewers in a record, as its partition is computed from; raises Reject."""
    if record.content_type == CONTENT_TYPE:
        ids = decode(record.value).column(1).to_pylist()
        return [raw.hex() for raw in ids if isinstance(raw, bytes)]
    try:
        return [line.viewer for line in _lines.decode_lines(record.value)]
    except msgspec.DecodeError as error:
        message = f"not JSON lines of reports: {error}"
        raise Reject(message) from error


def _read(consumer: Any, left: dict[TopicPartition, int]) -> list[Record]:  # noqa: ANN401 - kafka-python has no types
    """Until each partition that is `left` has been read to that end, or nothing more comes."""
    found: list[Record] = []
    while left and (message := next(consumer, None)):
        partition = TopicPartition(message.topic, message.partition)
        if message.offset + 1 >= left.get(partition, 0):
            left.pop(partition, None)
        headers = dict(message.headers)
        kind = headers.get("content-type", b"").decode()
        found.append(
            Record(message.partition, message.offset, message.timestamp, kind, message.value)
        )
    return sorted(found, key=lambda record: (record.partition, record.offset))
