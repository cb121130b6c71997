"""The Faust app of a worker: agents watch and total, and the timer that tells, stores, commits."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from aiokafka.errors import KafkaError
from faust.types import TP, EventT, StreamT

from audience.snapshot import Snapshot  # noqa: TC001 - one place for imports, used or annotated
from streams.cluster import Cluster, Stop, faust_app, raw_topic
from streams.partition import Partition
from streams.quarantine import Quarantine
from streams.recent import Recent
from streams.settling import Settling
from streams.telling import Unreadable, decode, encode
from streams.total import Total

TICK: Final = 0.25  # s; each adds to what passes between a report and the gauge, twice
SETTLE: Final = 10  # s that become final between hand-overs to storage
RARELY: Final = 40  # ticks between them at least while catching up: each reads through everybody
KEPT: Final = 900  # s that the levels topic is read back at a start, where nothing is stored
_log = logging.getLogger(__name__)


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
        self.ticks = 0
        self._begun = False
        self._news = False
        self._cluster = cluster
        self._settling = settling
        self._failed = failed
        self._held: deque[tuple[int, EventT[bytes]]] = deque()  # of the levels topic
        self._next_told: int | None = None  # offset behind what of the levels topic was added
        self._awaited: set[TP] = set()  # of which no record has come since they were assigned
        self._telling: asyncio.Task[None] | None = None
        self.app = faust_app(cluster)
        reports, self._levels, quarantine = (
            raw_topic(self.app, cluster.topic(name)) for name in ("reports", "levels", "quarantine")
        )
        self.quarantine = Quarantine(cluster, quarantine)
        self.app.agent(reports, name="watch")(self._watch)
        self.app.agent(self._levels, name="total")(self._total)
        self.app.timer(TICK)(self._tick)
        self.app.on_partitions_assigned.connect(cast("Any", self._assigned), weak=False)

    async def start(self) -> bool:
        """Whether it has begun; False: Kafka went away meanwhile, and it may be tried again."""
        try:
            await self.app.start()
        except KafkaError as error:
            _log.warning("Kafka went away: %r", error)
            self.app.service_reset()
            return False
        self._begun = True
        return True

    def look(self) -> None:
        """To be called again and again: fails where Faust has ended by an error of its own.

        Its client has left Kafka then, and nothing is counted any more.
        """
        if self._begun and self.app.crash_reason and not self.failure:
            self._fail(self.app.crash_reason)

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

    @property
    def rebalance(self) -> int | None:
        """The number of the rebalance that goes on; None where none does."""
        app: Any = self.app
        return app.rebalancing_count if app.rebalancing else None

    def waiting_after(self) -> dict[int, tuple[int, int]]:
        """Of each of its partitions: records that wait, and behind which offset."""
        return {
            number: (max(self._highwater(number) - each.next, 0), each.next)
            for number, each in self.partitions.items()
        }

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

    def _fail(self, error: BaseException) -> None:
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
        missed = self._has_missed(message, partition.next if partition else None)
        if partition is None or missed:
            cluster = self._cluster
            partition = Partition(number, cluster.rules, cluster.zones, offset)
            self.partitions[number] = partition
        if partition.expects(offset):
            reports = await self.quarantine.reports_of(message)
            if reports is None:
                partition.pass_by(offset)
            elif len(reports):
                partition.take(offset, reports)
            else:
                partition.pass_time(offset, int(message.timestamp * 1000))
        _free(event)
        partition.hold(offset, event)

    async def _add(self, event: EventT[bytes]) -> None:
        if self.total is None:
            return
        message: Any = event.message
        if self._has_missed(message, self._next_told):
            self.total = self._new_total()
        self._next_told = max(self._next_told or 0, message.offset + 1)
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

    def _has_missed(self, message: Any, next_: int | None) -> bool:  # noqa: ANN401 - faust's
        """Whether others have had a partition meanwhile, and let records from `next_` on go.

        Who was stopped, or out of reach, for long enough has lost its partitions without a word.
        If it is given the same again, it must not go on with what it kept.
        """
        first = message.tp in self._awaited
        self._awaited.discard(message.tp)
        return first and next_ is not None and message.offset > next_

    def _new_total(self) -> Total:
        cluster = self._cluster
        return Total(cluster.partitions, cluster.rules, cluster.zones)

    async def _assigned(self, _: object, assigned: set[TP], **__: object) -> None:
        cluster = self._cluster
        self._awaited = set(assigned)
        mine = {tp.partition for tp in assigned if tp.topic == cluster.topic("reports")}
        self.partitions = {n: each for n, each in self.partitions.items() if n in mine}
        for each in self.partitions.values():
            each.release()
        self._held.clear()
        if not any(tp.topic == cluster.topic("levels") for tp in assigned):
            self.total = self.snapshot = self._next_told = None
        elif self.total is None:
            self.total = self._new_total()

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
            if self.ticks % RARELY == 0 or (each.caught_up and each.unsettled >= SETTLE):
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
