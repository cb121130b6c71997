"""The quarantine topic of a cluster: records that workers could not read, and set aside."""

from collections.abc import Iterator
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from penonton.output import Row
from penonton.quarantine.showing import instant, printable
from penonton.settings import Settings

NEWEST: Final = 1_000  # records that are looked at
QUIET: Final = 5_000  # ms without an answer


def listed(settings: Settings) -> Iterator[Row]:
    """A row for each of the newest, oldest first; the id is the offset. Raises KafkaError."""
    for record in _records(settings):
        yield {
            "id": str(record.offset),
            "time": instant(record.timestamp),
            "protocol": "kafka",
            "platform": "",
            "reason": _header(record, "penonton-reason"),
            "bytes": len(record.value or b""),
            "replayed": "no",
        }


def shown(settings: Settings, wanted: str) -> Iterator[Row]:
    """One whole, a row a field; none: it is not among the newest. Raises KafkaError."""
    for record in _records(settings):
        if str(record.offset) != wanted:
            continue
        fields = {
            "id": wanted,
            "time": instant(record.timestamp),
            "from": _header(record, "penonton-from"),
            "reason": _header(record, "penonton-reason"),
            "content type": _header(record, "content-type"),
            "body": printable(record.value or b""),
        }
        for field, value in fields.items():
            yield {"field": field, "value": value}


def _header(record: Any, name: str) -> str:  # noqa: ANN401 - kafka-python has no types
    return printable(dict(record.headers).get(name, b""))


def _records(settings: Settings) -> list[Any]:
    consumer: Any = KafkaConsumer(
        bootstrap_servers=settings.kafka.split(","),
        group_id=None,
        enable_auto_commit=False,
        consumer_timeout_ms=QUIET,
    )
    try:
        place = TopicPartition(f"{settings.topics}.quarantine", 0)
        consumer.assign([place])
        first, end = (
            consumer.beginning_offsets([place])[place],
            consumer.end_offsets([place])[place],
        )
        consumer.seek(place, max(first, end - NEWEST))
        found: list[Any] = []
        while (not found and first < end) or (found and found[-1].offset + 1 < end):
            record = next(consumer, None)
            if record is None:
                break
            found.append(record)
        return found
    finally:
        consumer.close()
