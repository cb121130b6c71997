"""Kafka as what the packer stores into: reports by partition, acknowledged by the brokers."""

import contextlib
import gc
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from audience.reports import Report
from ingest.log import saw
from ingest.log.appending import Retry
from ingest.log.encoding import CONTENT_TYPE, encode
from ingest.log.topic import partition_of

MOST: Final = 4_096  # reports in a record
LARGEST: Final = 900_000  # bytes of a record: brokers refuse 1 MiB and more unless told otherwise
_REQUEST: Final = 4 * 1024 * 1024
Headers = list[tuple[str, bytes]]
_HEADERS: Final[Headers] = [("content-type", CONTENT_TYPE.encode())]
_TICK: Final = encode([])


class KafkaLog:
    """Writes reports to `topic`. Its methods block, and may be called from any thread.

    The producer is made when it is first needed, and again after each failure: what a lost one
    still had to send is not to be waited for.
    """

    def __init__(self, bootstrap: str, topic: str, partitions: int, timeout: float) -> None:
        """`timeout`: s in which brokers must be found, and s in which they must acknowledge."""
        self._bootstrap = bootstrap
        self._topic = topic
        self._partitions = partitions
        self._timeout = timeout
        self._sending = threading.Lock()
        self._producer: KafkaProducer | None = None

    def store(self, reports: Sequence[Report]) -> None:
        """Returns when the brokers have them all; raises Retry where some may be missing."""
        shares: defaultdict[int, list[Report]] = defaultdict(list)
        for report in reports:
            shares[partition_of(report.viewer, self._partitions)].append(report)
        self._send(
            [(number, value, _HEADERS) for number, own in shares.items() for value in values(own)],
            None,
        )

    def tick(self, now: int, sightings: saw.Sightings | None = None) -> None:
        """Says to each partition that all received before `now` (ms) has been sent; or Retry.

        And what this collector saw happen, for who stores it.
        """
        ticks = [(number, _TICK, _HEADERS) for number in range(self._partitions)]
        if sightings and sightings.seen:
            ticks[0] = 0, _TICK, [*_HEADERS, (saw.HEADER, saw.encode(sightings))]
        self._send(ticks, now)

    def close(self) -> None:
        """Leaves Kafka; what was not acknowledged was not promised."""
        with self._sending:
            self._drop(self._timeout)

    def _send(self, records: Sequence[tuple[int, bytes, Headers]], timestamp: int | None) -> None:
        if not self._sending.acquire(timeout=self._timeout):
            message = "Kafka keeps an earlier request waiting"
            raise Retry(message)
        try:
            if self._producer is None:
                self._producer = self._connected()
                self._look_at_topic(self._producer)
            producer = self._producer
            end = time.monotonic() + self._timeout
            sent = [
                producer.send(
                    self._topic, value, headers=headers, partition=number, timestamp_ms=timestamp
                )
                for number, value, headers in records
            ]
            for future in sent:
                future.get(max(0.0, end - time.monotonic()))
        except Retry:
            self._drop()
            raise
        except (KafkaError, ValueError) as error:  # ValueError: the topic is another one by now
            self._drop()
            message = f"Kafka did not take the reports: {error!r}"
            raise Retry(message) from error
        finally:
            self._sending.release()

    def _connected(self) -> KafkaProducer:
        # One that found no broker leaves sockets in a cycle: hours without Kafka would use up all.
        gc.collect()
        milliseconds = int(self._timeout * 1000)
        return KafkaProducer(
            bootstrap_servers=self._bootstrap.split(","),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            compression_type="lz4",
            max_request_size=_REQUEST,
            bootstrap_timeout_ms=milliseconds,
            max_block_ms=milliseconds,
            request_timeout_ms=milliseconds,
            delivery_timeout_ms=milliseconds,
            # Once brokers are back they are to be found before a timeout is over.
            reconnect_backoff_max_ms=min(1_000, milliseconds // 4),
        )

    def _look_at_topic(self, producer: Any) -> None:  # noqa: ANN401 - kafka-python has no types
        """Raises Retry where viewers would not be in the partitions in which they are counted."""
        try:
            found = len(producer.partitions_for(self._topic))
        except KafkaError as error:
            message = f"Kafka answers, and does not know {self._topic}: penonton topics makes it"
            raise Retry(message) from error
        if found != self._partitions:
            message = (
                f"{self._topic} has {found} partitions, PENONTON_PARTITIONS says "
                f"{self._partitions}: viewers would be counted twice or not at all"
            )
            raise Retry(message)

    def _drop(self, patience: float = 0.0) -> None:
        producer: Any = self._producer
        self._producer = None
        if producer:
            with contextlib.suppress(KafkaError):
                producer.close(timeout=patience)


def values(reports: Sequence[Report]) -> Iterator[bytes]:
    """The records of these reports, in their order, none too large for a broker."""
    if len(reports) <= MOST:
        value = encode(reports)
        if len(value) <= LARGEST or len(reports) == 1:
            yield value
            return
    middle = len(reports) // 2
    yield from values(reports[:middle])
    yield from values(reports[middle:])
