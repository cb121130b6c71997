"""archive: raw reports from Kafka to storage, never in the way of the count."""

import contextlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from ingest.log import saw
from ingest.log.encoding import Reject
from ingest.log.topic import TopicRecord
from sinks.engine import Retry
from sinks.receipts import Happened
from sinks.store import Store

BATCH: Final = 200_000  # reports, at most about, in one insert
GATHER: Final = 5.0  # s that reports wait for others, so that inserts are large
POLL: Final = 500  # ms
RECORDS: Final = 200  # in one poll; each may hold thousands of reports
AGAIN: Final = 2.0  # s between tries to reach storage or Kafka
IDLE: Final = 300.0  # s without a partition until it joins its group anew
PATIENCE: Final = 5.0  # s in which a stop is to be over; Kafka has what was not stored by then
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the reports are: `group` keeps how far they are stored.

    `read` answers the reports of a record and raises Reject where there are none to be read.
    `instance`: a name for static membership, or empty.
    """

    kafka: str
    topic: str
    group: str
    read: Callable[[TopicRecord], pa.RecordBatch]
    instance: str = ""


@dataclass(slots=True)
class _Gathered:
    """Reports that wait to be stored, what collectors saw, and the offsets behind both."""

    since: float
    batches: list[pa.RecordBatch] = field(default_factory=list)
    seen: defaultdict[str, list[Happened]] = field(default_factory=lambda: defaultdict(list))
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    count: int = 0


class Archive:
    """Stores, in a thread of its own, the reports of the partitions that its group gives it.

    While storage is away the same reports are tried again, no others are read, and the partitions
    are kept; while Kafka is away it waits. What was stored before a crash may be stored again.
    """

    def __init__(self, store: Store, source: Source, gather: float = GATHER) -> None:
        self.failure: BaseException | None = None
        self.rows = 0  # stored since the start
        self.received: int | None = None  # the latest receipt (ms) among them
        self.lag = 0  # records that wait in the partitions of this process
        self.reconnects = 0  # how often Kafka was lost
        self.unreadable = 0  # records passed over: who counts them sets them aside
        self._next: dict[TopicPartition, int] = {}  # offset behind what is stored
        self._store = store
        self._source = source
        self._gather = gather
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self, patience: float = PATIENCE) -> None:
        """Stores what waits, if storage is there; after `patience` s it is left where it hangs."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with _consumer(self._source) as consumer:
                    self._follow(consumer)
            except KafkaError as error:
                # The group remembers what is stored; all behind that is read again.
                self.reconnects += 1
                _log.warning("Kafka will be tried again: %r", error)
                self._stopping.wait(AGAIN)
            except BaseException as error:  # noqa: BLE001 - whatever it was, the worker must end
                self.failure = error
                _log.exception("storing reports stopped")
                return

    def _follow(self, consumer: KafkaConsumer) -> None:
        """Until told to stop, or left without a partition for so long that one may be lost."""
        gathered = _Gathered(time.monotonic())
        mine = time.monotonic()  # when it last had a partition
        while not self._stopping.is_set():
            self._take(consumer.poll(timeout_ms=POLL, max_records=RECORDS), gathered)
            if gathered.count >= BATCH or time.monotonic() - gathered.since >= self._gather:
                self._keep(consumer, gathered)
                gathered = _Gathered(time.monotonic())
            if consumer.assignment():
                mine = time.monotonic()
            elif time.monotonic() - mine >= IDLE:
                break
        self._keep(consumer, gathered)

    def _take(self, found: dict[TopicPartition, list[Any]], gathered: _Gathered) -> None:
        for place, records in found.items():
            for record in records:
                headers = dict(record.headers)
                batch = self._read(place.partition, record, headers)
                if batch is not None and batch.num_rows:
                    gathered.batches.append(batch)
                    gathered.count += batch.num_rows
                self._look(headers, gathered)
            gathered.offsets[place] = records[-1].offset + 1

    def _look(self, headers: Mapping[str, bytes], gathered: _Gathered) -> None:
        """Gathers what a collector says beside the time that it saw."""
        if saw.HEADER not in headers:
            return
        try:
            sightings = saw.decode(headers[saw.HEADER])
        except saw.Unreadable:
            self.unreadable += 1
            return
        gathered.seen[sightings.source] += [
            Happened(it.what, it.second, it.channel, times, it.reason, it.at)
            for it, times in sightings.seen
        ]

    def _read(
        self,
        partition: int,
        record: Any,  # noqa: ANN401 - kafka's
        headers: Mapping[str, bytes],
    ) -> pa.RecordBatch | None:
        try:
            return self._source.read(
                TopicRecord(
                    value=record.value or b"",
                    content_type=headers.get("content-type", b"").decode("latin-1"),
                    timestamp=record.timestamp,
                    partition=partition,
                )
            )
        except Reject:
            self.unreadable += 1
            return None

    def _keep(self, consumer: KafkaConsumer, gathered: _Gathered) -> None:
        """Stores what was gathered and then says so to the group."""
        if gathered.seen and not self._stored(
            consumer, lambda: self._store.receipts.put_happened(gathered.seen)
        ):
            return
        if gathered.batches:
            reports = pa.Table.from_batches(gathered.batches)
            if not self._stored(consumer, lambda: self._store.insert_reports(reports)):
                return
            self.rows += reports.num_rows
            newest: int = pc.max(reports["received"]).as_py()
            self.received = max(newest, self.received or 0)
        mine = consumer.assignment()
        # Others may have come further by now with partitions that were taken from this process.
        offsets = {at: next_ for at, next_ in gathered.offsets.items() if at in mine}
        if offsets:
            told = {at: OffsetAndMetadata(next_, "", -1) for at, next_ in offsets.items()}
            consumer.commit(told, timeout_ms=PATIENCE * 1000)
        self._next = {at: next_ for at, next_ in (self._next | offsets).items() if at in mine}
        self.lag = sum(
            max((consumer.highwater(at) or 0) - next_, 0) for at, next_ in self._next.items()
        )

    def _stored(self, consumer: KafkaConsumer, store: Callable[[], None]) -> bool:
        """Tries until `store` has stored; False: told to stop meanwhile."""
        while True:
            try:
                store()
            except Retry as error:
                _log.warning("reports will be stored again: %s", error)
                if self._stopping.is_set():
                    return False
                _wait(consumer)
            else:
                return True


@contextlib.contextmanager
def _consumer(source: Source) -> Iterator[KafkaConsumer]:
    consumer = KafkaConsumer(
        bootstrap_servers=source.kafka.split(","),
        group_id=source.group,
        group_instance_id=source.instance or None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
        # Who died with a broker is waited for no longer than this before others may read on.
        session_timeout_ms=10_000,
        heartbeat_interval_ms=3_000,
        # A slow storage is no reason to take the partitions away.
        max_poll_interval_ms=900_000,
        bootstrap_timeout_ms=3_000,
    )
    try:
        consumer.subscribe([source.topic])
        # kafka-python 3.0.12: who joins first and then hears of the topic joins again, and if the
        # time of a poll is over just then, it never takes the partitions that it was given.
        if not consumer.partitions_for_topic(source.topic):
            raise UnknownTopicOrPartitionError(source.topic)
        yield consumer
    finally:
        consumer.close(autocommit=False, timeout_ms=2_000)


def _wait(consumer: KafkaConsumer) -> None:
    """Waits AGAIN s as a living member of the group, reading nothing."""
    end = time.monotonic() + AGAIN
    while time.monotonic() < end:
        consumer.pause(*consumer.assignment())
        for at, records in consumer.poll(timeout_ms=POLL).items():
            consumer.seek(at, records[0].offset)  # the group gave it meanwhile
    consumer.resume(*consumer.paused())
