"""The Faust app of a worker: agents watch and total, and the timer that tells, stores, commits."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import faust
import pyarrow as pa
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from faust.types import TP, EventT, StreamT, TopicT

from audience.rules import Rules
from audience.snapshot import Snapshot  # noqa: TC001 - one place for imports, used or annotated
from ingest.log.encoding import Reject, columns
from ingest.log.topic import TopicRecord, batch_of_record
from streams.partition import Partition
from streams.recent import Recent
from streams.settling import Settling
from streams.telling import Unreadable, decode, encode
from streams.total import Total

TICK: Final = 0.25  # s; each adds to what passes between a report and the gauge, twice
SETTLE: Final = 40  # ticks between hand-overs to storage
KEPT: Final = 900  # s that the levels topic is read back at a start, where nothing is stored
JUDGED: Final = 100  # records that a flood of unreadable ones is seen in
LARGEST: Final = 5 * 1024 * 1024  # bytes; a record that is set aside may be as large as any
FETCH: Final = 4 * 1024 * 1024  # bytes; larger is faster at catching up, and holds more memory
_log = logging.getLogger(__name__)


class Stop(Exception):
    """The worker must not go on until someone has looked; the message says at what."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a worker is, and by which rules it counts.

    `topics`: what the names of topics and of the group begin with. `instance`: its name for static
    membership, or empty. `poison`: so many unreadable records among the last JUDGED stop it.
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


class Worker:
    """Counts the partitions that Kafka gives it, and the totals if it is given those.

    `settling` None: nothing is stored. Where it fails, `failure` says why and `failed` is called.
    """

    def __init__(
        self, cluster: Cluster, settling: Settling | None, failed: Callable[[], None]
    ) -> None:
        self.partitions: dict[int, Partition] = {}
        self.total: Total | None = None
        self.snapshot: Snapshot | None = None
        self.failure: BaseException | None = None
        self.quarantined = 0
        self.ticks = 0
        self._news = False
        self._cluster = cluster
        self._settling = settling
        self._failed = failed
        self._held: deque[tuple[int, EventT[bytes]]] = deque()  # of the levels topic
        self._outcomes: deque[bool] = deque(maxlen=JUDGED)
        self._telling: asyncio.Task[None] | None = None
        self.app = _app(cluster)
        self._levels = _topic(self.app, cluster.topic("levels"))
        self._quarantine = _topic(self.app, cluster.topic("quarantine"))
        reports = _topic(self.app, cluster.topic("reports"))
        self.app.agent(reports, name="watch")(self._watch)
        self.app.agent(self._levels, name="total")(self._total)
        self.app.timer(TICK)(self._tick)
        self.app.on_partitions_assigned.connect(cast("Any", self._assigned), weak=False)

    @property
    def recent(self) -> Recent:
        """The levels of the last hour, as far as this process has seen them."""
        return self.total.recent if self.total else Recent(first=0)

    @property
    def waiting_for(self) -> str:
        """What must happen before the snapshot holds; empty when it does."""
        if self.total is None:
            return "totals, which another worker holds"
        if self.snapshot is None or self.snapshot.completeness < 1:
            return "partitions that are not heard of"
        return ""

    def waiting(self) -> int:
        """Records that Kafka is known to have for the partitions of this worker."""
        highwaters = {number: self._highwater(number) for number in self.partitions}
        return sum(
            max(highwaters[number] - each.next, 0) for number, each in self.partitions.items()
        )

    async def _watch(self, stream: StreamT[bytes]) -> None:
        stream.enable_acks = False
        async for _ in stream:
            await self._guarded(self._count, stream.current_event)

    async def _total(self, stream: StreamT[bytes]) -> None:
        stream.enable_acks = False
        async for _ in stream:
            await self._guarded(self._add, stream.current_event)

    async def _guarded(
        self, work: Callable[[EventT[bytes]], Awaitable[None]], event: EventT[bytes] | None
    ) -> None:
        # Faust would start the agent again behind the record that made it fail.
        if self.failure or event is None:
            return
        try:
            await work(event)
        except Exception as error:  # noqa: BLE001 - whatever it was, the worker must end with it
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.failure = error
        if isinstance(error, Stop):
            _log.error("%s", error)
        else:
            _log.error("the worker cannot go on", exc_info=error)
        self._failed()

    async def _count(self, event: EventT[bytes]) -> None:
        message: Any = event.message
        number, offset = message.tp.partition, message.offset
        partition = self.partitions.get(number)
        if partition is None:
            cluster = self._cluster
            partition = Partition(number, cluster.rules, cluster.zones, offset)
            self.partitions[number] = partition
        if partition.expects(offset):
            batch = await self._readable(message)
            if batch is None:
                partition.pass_by(offset)
            elif batch.num_rows:
                partition.take(offset, columns(batch))
            else:
                partition.pass_time(offset, int(message.timestamp * 1000))
        _free(event)
        partition.hold(offset, event)

    async def _readable(self, message: Any) -> pa.RecordBatch | None:  # noqa: ANN401 - faust's
        """The reports of a record; None: it could not be read and was set aside."""
        cluster = self._cluster
        record = TopicRecord(
            value=message.value or b"",
            content_type=dict(message.headers or ()).get("content-type", b"").decode("latin-1"),
            timestamp=int(message.timestamp * 1000),
            partition=message.tp.partition,
        )
        try:
            batch = batch_of_record(
                record, cluster.partitions, cluster.rules.lateness, cluster.identify
            )
        except Reject as reject:
            await self._set_aside(message, str(reject))
            return None
        self._outcomes.append(True)
        return batch

    async def _set_aside(self, message: Any, reason: str) -> None:  # noqa: ANN401 - faust's
        where = f"{self._cluster.topic('reports')}/{message.tp.partition}@{message.offset}"
        self._outcomes.append(False)
        if self._outcomes.count(False) >= self._cluster.poison:
            count = len(self._outcomes)
            text = (
                f"{self._outcomes.count(False)} of the last {count} records cannot be read, the "
                f"last at {where}: {reason}. Find out who writes them; nothing was passed over for "
                "good. PENONTON_POISON says how many are taken for single mistakes"
            )
            raise Stop(text)
        headers = {**dict(message.headers or ()), "penonton-from": where.encode()}
        headers["penonton-reason"] = reason.encode()[:1000]
        sent = await self._quarantine.send(
            key=where.encode(), value=message.value or b"", headers=headers
        )
        await sent
        self.quarantined += 1
        _log.warning("set aside %s: %s", where, reason)

    async def _add(self, event: EventT[bytes]) -> None:
        if self.total is None:
            return
        message: Any = event.message
        try:
            told = decode(message.value)
        except Unreadable as error:
            _log.warning("passed over a record of the levels topic: %s", error)
            event.ack()
            return
        self.total.take(told)
        self._news = True
        _free(event)
        self._held.append((told.final_until, event))

    async def _assigned(self, _: object, assigned: set[TP], **__: object) -> None:
        cluster = self._cluster
        mine = {tp.partition for tp in assigned if tp.topic == cluster.topic("reports")}
        self.partitions = {n: each for n, each in self.partitions.items() if n in mine}
        for each in self.partitions.values():
            each.release()
        self._held.clear()
        if not any(tp.topic == cluster.topic("levels") for tp in assigned):
            self.total = self.snapshot = None
        elif self.total is None:
            self.total = Total(cluster.partitions, cluster.rules, cluster.zones)

    async def _tick(self) -> None:
        if self.failure:
            return
        try:
            self._step()
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error)

    def _step(self) -> None:
        self.ticks += 1
        for number, each in self.partitions.items():
            highwater = self._highwater(number)
            each.caught_up = each.caught_up or each.next >= highwater > 0
            each.follow()
            if self.ticks % SETTLE == 0:
                self._settle(number, each)
            each.trail(self._stored(number, each))
        if self._telling is None or self._telling.done():
            self._telling = asyncio.ensure_future(self._tell())
        if self.total and self._news:
            self._news = False
            self.snapshot = self.total.follow()
            self._trail_levels(self.total)

    def _settle(self, number: int, partition: Partition) -> None:
        settled = partition.settle()
        if settled and self._settling:
            self._settling.put(number, settled)

    def _stored(self, number: int, partition: Partition) -> int | None:
        if self._settling is None:
            return None
        final = self._settling.final(number)
        return partition.since if final is None else final

    async def _tell(self) -> None:
        """Sends what there is to tell, and waits until Kafka has it."""
        try:
            for number, each in list(self.partitions.items()):
                said = list(each.tell())
                key = str(number).encode()
                sent = [await self._levels.send(key=key, value=encode(told)) for told in said]
                for waiting in sent:
                    await waiting
                if said:
                    each.told(said[-1].final_until)
        except Exception as error:  # noqa: BLE001 - it is told again at the next tick
            _log.warning("the levels could not be told: %r", error)

    def _trail_levels(self, total: Total) -> None:
        """Lets go of what told only of seconds that storage has, or are long past."""
        done = total.stored_until if self._settling else (total.final_until or 0) - KEPT
        while self._held and self._held[0][0] <= done:
            self._held.popleft()[1].ack()

    def _highwater(self, number: int) -> int:
        consumer: Any = self.app.consumer
        try:
            return consumer.highwater(TP(self._cluster.topic("reports"), number)) or 0
        except AssertionError:  # how the client says that a rebalance has taken it away
            return 0


def _free(event: EventT[bytes]) -> None:
    """Keep of an event what its acknowledgement needs."""
    message: Any = event.message
    event.value = message.value = None


def _topic(app: faust.App, name: str) -> TopicT:
    return app.topic(
        name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )


def _app(cluster: Cluster) -> faust.App:
    cluster.data.mkdir(parents=True, exist_ok=True)
    return faust.App(
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
        broker_commit_interval=1.0,
        broker_commit_livelock_soft_timeout=86_400.0,  # commits trail by minutes, by intention
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH,
        producer_max_request_size=LARGEST,
        consumer_group_instance_id=cluster.instance or None,
    )


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
