"""What lies in Kafka, in a spool and in ClickHouse, read back when all is over."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from audience.days import Day
from audience.figures import Figures
from audience.reports import Report
from audience.rules import Rules
from ingest.log.batches import to_reports
from ingest.log.encoding import Reject, decode
from ingest.log.reading import Reader
from ingest.log.topic import TopicRecord, batch_of_record
from sinks.clickhouse import ServerEngine
from sinks.store import Store
from tests.faults.operations import IDENTIFY, What


def consumer(kafka: str) -> Any:
    """One that reads and leaves no trace."""
    return KafkaConsumer(bootstrap_servers=kafka.split(","), enable_auto_commit=False)


def records(kafka: str, topic: str) -> Iterator[Any]:
    """All records of a topic, to where it ends now."""
    with closing(consumer(kafka)) as reading:
        places = [TopicPartition(topic, n) for n in sorted(reading.partitions_for_topic(topic))]
        reading.assign(places)
        reading.seek_to_beginning(*places)
        ends = reading.end_offsets(places)
        while any(reading.position(place) < ends[place] for place in places):
            for some in reading.poll(500).values():
                yield from some


def reports(
    kafka: str, topic: str, partitions: int, rules: Rules
) -> tuple[dict[int, list[Report]], int]:
    """By partition, and how many records could not be read."""
    found: dict[int, list[Report]] = {number: [] for number in range(partitions)}
    poison = 0
    for record in records(kafka, topic):
        headers = dict(record.headers)
        told = TopicRecord(
            value=record.value or b"",
            content_type=headers.get("content-type", b"").decode(),
            timestamp=record.timestamp,
            partition=record.partition,
        )
        try:
            batch = batch_of_record(told, partitions, rules.lateness, IDENTIFY)
        except Reject:
            poison += 1
        else:
            found[record.partition] += to_reports(batch)
    return found, poison


def spooled(folder: Path) -> list[Report]:
    """Those that wait in a spool."""
    if not folder.is_dir():
        return []
    mark = folder / "drained"
    position = int(mark.read_text()) if mark.is_file() else 0
    return [
        report
        for record in Reader(folder).read(position)
        for report in to_reports(decode(record.payload))
    ]


class Database:
    """The tables of one test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = ServerEngine(url)
        self.store = Store(self.engine)

    def levels(self) -> dict[tuple[str, int], tuple[int, int]]:
        """All final levels, the partitions added up; seconds of nobody left out."""
        found = self.engine.query(
            "SELECT channel, toInt64(second) AS at, toInt64(sum(viewers)) AS v, "
            "toInt64(sum(sessions)) AS s FROM levels FINAL GROUP BY channel, at HAVING s > 0"
        )
        return {(row["channel"], row["at"]): (row["v"], row["s"]) for row in found.to_pylist()}

    def final(self) -> dict[int, int]:
        """By partition the last final second that is stored."""
        return self.store.partition_progress("final")

    def raw(self) -> frozenset[What]:
        """The reports, by what they say."""
        found = self.engine.query(
            "SELECT lower(hex(viewer)) AS v, lower(hex(session)) AS s, channel, "
            "nullIf(toString(state), 'unnamed') AS named, nullIf(playhead, -1) AS place, "
            "toInt64(seq) AS n FROM reports"
        )
        rows = zip(*(column.to_pylist() for column in found.columns), strict=True)
        return frozenset(rows)

    def days(self, days: set[Day]) -> dict[tuple[str, dt.date], dict[str, Figures]]:
        """The figures of these days."""
        return {
            (day.zone.key, day.date): {
                each.channel: each.figures
                for each in self.store.days(day.zone.key, day.date, day.date)
            }
            for day in days
        }
