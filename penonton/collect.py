"""collect: takes reports from players into Kafka, and into a spool while Kafka is away."""

import asyncio
import contextlib
import logging
import secrets
import socket
import time
from shutil import disk_usage
from typing import Final

import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.answers import answer
from ingest.collector import Collector
from ingest.counts import Counts
from ingest.log.appending import Retry
from ingest.log.files import Stop
from ingest.log.kafka import KafkaLog
from ingest.log.packer import Packer
from ingest.log.saw import Saw, Sightings
from ingest.log.spool import Spool
from ingest.serving import collect_seldom
from penonton.policy import collecting, quarantine_of
from penonton.quarantine.replaying import handed_in
from penonton.routing import exposed, routed
from penonton.settings import Settings
from penonton.stopping import Deadline
from penonton.web import Servers, say, say_warnings, sockets
from sinks.prometheus import AudienceCollector, Facts, exposition

TICK: Final = 1.0  # s
SAID: Final = 2_000  # kinds of sightings in one record, which a broker takes
UNSAID: Final = 200_000  # of them that wait for Kafka: the quarantine still has what is dropped
LEFT: Final = "What was answered 2xx is in Kafka or in the spool."
_OK: Final = b'{"status":"ok"}'
_FULL: Final = b'{"status":"full"}'
_STUCK: Final = b'{"status":"stuck"}'


def collect(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; the exit status."""
    say_warnings()
    # The client says each refused connection; the spool says once that Kafka is away.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack:
        try:
            public, metrics = sockets(settings, stack)
            topic = f"{settings.topics}.reports"
            kafka = KafkaLog(settings.kafka, topic, settings.partitions, settings.kafka_timeout)
            stack.callback(kafka.close)
            folder = settings.data / "spool"
            spool = Spool(folder, kafka.store, settings.spool_max_mb * 1_000_000)
            stack.callback(spool.close)
            process = _Collecting(settings, kafka, spool)
        except (OSError, Stop) as error:
            say(f"penonton: {error}")
            return 1
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(process.run(public, metrics))
    return 0


class _Collecting:
    def __init__(self, settings: Settings, kafka: KafkaLog, spool: Spool) -> None:
        self._settings = settings
        self._kafka = kafka
        self._spool = spool
        self._servers = Servers(Deadline(LEFT).begin)
        self._packer = Packer(spool.store)
        self._counts = Counts()
        self._quarantine = quarantine_of(settings)
        self._handed = handed_in(settings.data)
        self._collector = Collector(
            collecting(settings), self._packer, self._quarantine, self._clock, self._counts
        )
        self._source = f"collector {secrets.token_hex(8)}"
        self._unsaid: list[tuple[Saw, int]] = []
        self._away = False  # whether Kafka did not take what was told last

    async def run(self, public: socket.socket, metrics: socket.socket | None) -> None:
        self._servers.stop_on_signals()
        collect_seldom()
        exposing = exposed(exposition(self._metrics()))
        async with asyncio.TaskGroup() as tasks:
            timekeeper = tasks.create_task(self._keep_time())
            if metrics:
                tasks.create_task(self._servers.serve(exposing, metrics))
            host, port = public.getsockname()[:2]
            say(f"Collector: reports go to http://{host}:{port}/v1/reports")
            app = self._app(None if metrics else exposing)
            await self._servers.serve(app, public, self._collector.take_usual)
            timekeeper.cancel()
        await self._packer.close()
        if not self._away:  # else a stop would wait for it
            await self._tell(self._clock(), None)

    async def _keep_time(self) -> None:
        """Says to Kafka until when all that was received here has been sent there.

        In the event loop, where nothing can be between its receipt and the packer; and the spool is
        looked at last: what is durable and not in it is in Kafka.
        """
        while True:
            now = self._packer.oldest() or self._clock()
            await self._tell(now, now // 1000)
            self._quarantine.expire(self._clock())
            await self._handed.take(self._packer, self._counts.tally, self._clock())
            await asyncio.sleep(TICK)

    async def _tell(self, now: int, before: int | None) -> None:
        """All received before `now` (ms) is sent, if nothing is spooled.

        With it goes what was seen before the second `before` (None: until now), for receipts.
        """
        self._unsaid = [*self._unsaid, *self._counts.tally.take(before)][-UNSAID:]
        if self._spool.waiting_bytes:
            return
        said = self._unsaid[:SAID]
        try:
            await asyncio.to_thread(self._kafka.tick, now, Sightings(self._source, said))
        except Retry:
            self._away = True
        else:
            self._away = False
            del self._unsaid[: len(said)]

    def _clock(self) -> int:
        return max(time.time_ns() // 1_000_000, self._spool.received)

    def _app(self, metrics: ASGIApp | None) -> ASGIApp:
        return routed(self._collector, metrics, self._health)

    async def _health(self, scope: Scope, _: Receive, send: Send) -> None:
        """/healthz: whether to start it again; /readyz: whether to send it players."""
        if scope["path"] not in ("/healthz", "/readyz"):
            await answer(send, 404, [])
        elif not self._spool.draining:
            await answer(send, 503, [], _STUCK)
        elif scope["path"] == "/readyz" and (self._spool.full or self._servers.stopping):
            await answer(send, 503, [], _FULL)
        else:
            await answer(send, 200, [], _OK)

    def _metrics(self) -> AudienceCollector:
        def facts() -> Facts:
            return Facts(
                accepted=self._counts.accepted,
                refused=self._counts.refused,
                dropped=self._quarantine.dropped,
                torn_records=self._spool.damaged,
                spool=self._spool.waiting_bytes,
                spool_max=self._settings.spool_max_mb * 1_000_000,
                spooled=self._spool.oldest,
                disk_free=disk_usage(self._settings.data).free,
            )

        return AudienceCollector(lambda: None, facts, self._clock, self._settings.metrics_channels)
