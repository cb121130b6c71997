"""worker: counts partitions of Kafka's; where it is given the totals it serves the page."""

import asyncio
import contextlib
import socket
import time
from collections import Counter
from zoneinfo import ZoneInfo

import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from audience.snapshot import EndReason  # noqa: TC001 - one place for imports, used or annotated
from dashboards.web.app import pages
from ingest.answers import answer
from penonton.id_key import identity
from penonton.installation import warm_up
from penonton.numbers import ProcessNumbers
from penonton.policy import showing
from penonton.receipts.assembling import Receipts
from penonton.routing import METRICS, exposed
from penonton.settings import Settings
from penonton.stopping import Deadline, within
from penonton.storing import Storage
from penonton.web import Servers, say, say_warnings, sockets
from penonton.webhook import webhook
from sinks.prometheus import AudienceCollector, Facts, Share, exposition
from streams.app import Worker
from streams.cluster import Cluster, Stop, partitions_of
from streams.progress import Progress

HEALTH = "/healthz"
STUCK = 6  # session timeouts without a move that are no health; a rebalance may take two
AGAIN = 2.0  # s between tries to reach Kafka at the start
LOOK = 1.0  # s between looks at what has failed
LEAVE = 3.0  # s in which Kafka must let a worker go that stops
LEFT = "Kafka has what was not stored, and a worker counts it again."


def work(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; the exit status."""
    say_warnings()
    with contextlib.ExitStack() as stack:
        try:
            public, metrics = sockets(settings, stack)
        except OSError as error:
            say(f"penonton: {error}")
            return 1
        warm_up()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_working(settings, public, metrics))


async def _working(settings: Settings, public: socket.socket, metrics: socket.socket | None) -> int:
    return await _Working(settings).run(public, metrics)  # faust wants its loop to run already


class _Working:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._deadline = Deadline(LEFT)
        self._servers = Servers(self._deadline.begin)
        self._storage = Storage(settings, self._holds_totals) if settings.clickhouse else None
        self._cluster = Cluster(
            kafka=settings.kafka,
            topics=settings.topics,
            partitions=settings.partitions,
            rules=settings.rules,
            zones=[ZoneInfo(zone) for zone in settings.zones],
            identify=identity(settings),
            data=settings.data,
            instance=settings.instance,
            session_timeout=settings.session_timeout,
            poison=settings.poison,
        )
        self._worker = Worker(
            self._cluster,
            self._storage.settling if self._storage else None,
            self._servers.stop,
        )
        self._progress = Progress(self._worker, STUCK * settings.session_timeout)
        queries = self._storage.queries if self._storage else None
        self._numbers = ProcessNumbers(self._worker, queries, _now, self._receipts())

    async def run(self, public: socket.socket, metrics: socket.socket | None) -> int:
        self._servers.stop_on_signals()
        exposing = exposed(exposition(self._metrics()))
        async with asyncio.TaskGroup() as tasks:
            counting = tasks.create_task(self._count())
            if metrics:
                tasks.create_task(self._servers.serve(exposing, metrics))
            host, port = public.getsockname()[:2]
            say(f"Worker: http://{host}:{port}/ is the live page where it holds the totals")
            posting = webhook(self._settings, self._numbers, _now, self._holds_totals)
            hook = tasks.create_task(posting.run()) if posting else None
            await self._servers.serve(self._app(None if metrics else exposing), public)
            if hook:
                hook.cancel()
            await counting
        return 1 if self._failure() else 0

    async def _count(self) -> None:
        try:
            await self._servers.unless_stopped(self._counted())
        except Stop as error:
            say(f"penonton: {error}")
            self._worker.failure = error
        self._servers.stop()
        left = await within(LEAVE, self._worker.app.stop())
        if self._storage:
            await asyncio.to_thread(self._storage.stop)
        if not left:  # what waits for Kafka there is not moved by being cancelled
            self._deadline.end("Kafka does not answer, and was left without a word")

    async def _counted(self) -> None:
        await self._until_kafka_is_there()
        if self._storage:
            self._storage.start()
        # Side by side: whatever hangs, it must be seen.
        works = [asyncio.ensure_future(work) for work in (self._watch_over(), self._run())]
        done, left = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        for work in left:
            work.cancel()
        for work in done:
            work.result()

    async def _run(self) -> None:
        while not await self._worker.start():
            await self._until_kafka_is_there()
        while True:
            if self._storage and self._worker.total:
                await self._storage.inform(self._worker.total)
            await asyncio.sleep(LOOK)

    async def _watch_over(self) -> None:
        """Until something has failed; raises Stop where it stands still though Kafka answers."""
        while not self._failure():
            self._worker.look()
            self._progress.look()
            if still := self._progress.stuck:
                if await self._partitions() is not None:
                    message = f"counting stood still ({still}), though Kafka answers"
                    raise Stop(message)
                self._progress.forgive()
            await asyncio.sleep(LOOK)

    async def _partitions(self) -> int | None:
        cluster = self._cluster
        return await partitions_of(cluster.kafka, cluster.topic("reports"))

    async def _until_kafka_is_there(self) -> None:
        """Raises Stop where the topic is another one than it should be."""
        cluster, told = self._cluster, False
        while True:
            found = await self._partitions()
            if found == cluster.partitions:
                return
            if found:
                message = (
                    f"{cluster.topic('reports')} has {found} partitions, PENONTON_PARTITIONS says "
                    f"{cluster.partitions}: viewers would be counted twice or not at all"
                )
                raise Stop(message)
            if not told:
                say(f"Waiting for {cluster.topic('reports')} at {cluster.kafka} (penonton topics)")
                told = True
            await asyncio.sleep(AGAIN)

    def _holds_totals(self) -> bool:
        return self._worker.total is not None

    def _failure(self) -> BaseException | None:
        return self._worker.failure or (self._storage.failure if self._storage else None)

    def _app(self, metrics: ASGIApp | None) -> ASGIApp:
        shown: ASGIApp = pages(
            self._numbers,
            _now,
            showing(self._settings),
            lambda: self._servers.stopping,
            self._storage.calendar if self._storage else None,
        )

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if metrics and scope["type"] == "http" and scope["path"] == METRICS:
                await metrics(scope, receive, send)
            elif scope["type"] == "http" and scope["path"] == HEALTH:
                stuck = self._progress.stuck
                body = b'{"status":"stuck"}' if stuck else b'{"status":"ok"}'
                await answer(send, 503 if stuck else 200, [], body)
            else:
                await shown(scope, receive, send)

        return app

    def _receipts(self) -> Receipts | None:
        settings = self._settings
        if self._storage is None:
            return None
        store, months = self._storage.queries, settings.retention_months
        return Receipts(store, settings.rules, months, _now)

    def _metrics(self) -> AudienceCollector:
        return AudienceCollector(
            lambda: self._worker.snapshot, self._facts, _now, self._settings.metrics_channels
        )

    def _facts(self) -> Facts:
        late: Counter[str] = Counter()
        ends: Counter[tuple[str, EndReason]] = Counter()
        for each in self._worker.partitions.values():
            if each.watch and each.watch.fold.started:
                late.update(each.watch.fold.late())
                ends.update(each.watch.fold.ends())
        told = self._storage.calendar.scheduled() if self._storage and self._holds_totals() else {}
        total = self._worker.total
        return Facts(
            late=late,
            ends=ends,
            scheduled=told,
            stored=(total.stored_until or None) if total else None,
            share=self._share(),
        )

    def _share(self) -> Share:
        worker, storage = self._worker, self._storage
        return Share(
            partitions=len(worker.partitions),
            waiting=sum(waiting for waiting, _ in worker.waiting_after().values()),
            held=sum(each.held for each in worker.partitions.values()),
            quarantined=worker.quarantine.count,
            settled=storage.settling.waiting if storage else None,
            raw=storage.archive.lag if storage else None,
        )


def _now() -> int:
    return time.time_ns() // 1_000_000
