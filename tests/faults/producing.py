"""Records produced by the test itself, with the times that it says: minutes pass in a moment."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from kafka import KafkaProducer

from audience.reports import Report
from ingest.log.encoding import CONTENT_TYPE, JSON_LINES, encode, to_batch, to_json_lines
from ingest.log.topic import partition_of
from tests.faults.operations import IDENTIFY, Said
from tests.faults.players import Saying


@dataclass(frozen=True, slots=True)
class Made:
    """A record to produce; `timestamp` in ms."""

    partition: int
    value: bytes
    timestamp: int
    content_type: str = CONTENT_TYPE


def produce(kafka: str, topic: str, records: Iterable[Made]) -> None:
    """In this order, all acknowledged."""
    producer = KafkaProducer(bootstrap_servers=kafka.split(","), acks="all", linger_ms=5)
    with contextlib.closing(producer):
        sent = [
            producer.send(
                topic,
                record.value,
                headers=[("content-type", record.content_type.encode())],
                partition=record.partition,
                timestamp_ms=record.timestamp,
            )
            for record in records
        ]
        for future in sent:
            future.get(60)


def reported(sayings: Sequence[Saying], begin: int) -> list[Report]:
    """What a collector makes of them when they begin at `begin` (ms)."""
    return [_report(begin + int(at * 1000), said) for at, said in sayings]


def _report(received: int, said: Said) -> Report:
    return Report(
        t=received - said.age,
        viewer=IDENTIFY(said.viewer),
        session=IDENTIFY(said.session),
        channel=said.channel,
        state=said.state,  # type: ignore[arg-type]  # one of them
        playhead=said.playhead,
        interval=int(said.interval * 1000),
        seq=said.seq,
        received=received,
    )


def packed(reports: Sequence[Report], partitions: int) -> Iterator[Made]:
    """What each partition gets in a second as a record, as collectors write them."""
    for second, some in groupby(reports, key=lambda report: report.received // 1000):
        by_partition: dict[int, list[Report]] = {}
        for report in some:
            by_partition.setdefault(partition_of(report.viewer, partitions), []).append(report)
        for partition, own in by_partition.items():
            yield Made(partition, encode(own), second * 1000 + 999)


def as_lines(report: Report, partitions: int) -> Made:
    """What a partner produces: a line of JSON, received when it was produced."""
    value = to_json_lines(to_batch([report]))
    return Made(partition_of(report.viewer, partitions), value, report.received, JSON_LINES)


def told_time(partitions: int, timestamp: int) -> list[Made]:
    """That all received before it has come."""
    return [Made(number, encode([]), timestamp) for number in range(partitions)]
