"""serve: collector, counting, storage, live page, API and metrics in one process."""

import asyncio
import contextlib
import socket
from shutil import disk_usage
from zoneinfo import ZoneInfo

import uvloop
from starlette.types import ASGIApp

from dashboards.web.app import pages
from ingest.collector import Collector
from ingest.counts import Counts
from ingest.log.durable import durable
from ingest.log.files import Stop as LogStop
from ingest.serving import collect_seldom
from penonton.installation import Installation, opened, warm_up
from penonton.numbers import ProcessNumbers
from penonton.policy import collecting, quarantine_of, showing
from penonton.programmes.calendar import Calendar
from penonton.quarantine.replaying import handed_in
from penonton.receipts.assembling import Receipts
from penonton.routing import exposed, routed
from penonton.settings import Settings
from penonton.simulate.playing import play
from penonton.storage import owned
from penonton.web import Servers, say, say_warnings, sockets
from penonton.webhook import webhook
from sinks.engine import Retry, Stop
from sinks.prometheus import AudienceCollector, Facts, exposition
from sinks.receipts import Happened
from sinks.store import Store
from streams.local import TICK, Counting

DEMO_SEED = 1


def serve(settings: Settings, demo: int = 0) -> int:
    """Run until SIGINT or SIGTERM; the exit status.

    `demo`: simulated viewers to play against it.
    """
    say_warnings()
    with contextlib.ExitStack() as stack:
        try:
            public, metrics = sockets(settings, stack)
            warm_up()
            installation = stack.enter_context(opened(settings))
            # Programmes are counted over a connection of their own: it takes long.
            questions = stack.enter_context(contextlib.closing(owned(settings)))
            if not settings.clickhouse:
                _share(settings, stack)
        except (OSError, LogStop, Retry, Stop) as error:
            say(f"penonton: {error}")
            return 1
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            serving = _Serving(settings, installation, Store(questions))
            return runner.run(serving.run(public, metrics, demo))


def _share(settings: Settings, stack: contextlib.ExitStack) -> None:
    """Lets commands work beside this process, where that can be."""
    from sinks.shared import Sharing  # noqa: PLC0415 - chDB, which a server does without

    try:
        stack.enter_context(Sharing(settings.data))
    except (OSError, Stop) as error:
        say(f"penonton: commands cannot use the storage while this runs: {error}")


class _Serving:
    def __init__(self, settings: Settings, installation: Installation, questions: Store) -> None:
        self._settings = settings
        self._installation = installation
        self._floor: int | None = None
        self._servers = Servers()
        self._packer = durable(installation.log)
        self._counts = Counts()
        self._quarantine = quarantine_of(settings)
        self._handed = handed_in(settings.data)
        self._collector = Collector(
            collecting(settings), self._packer, self._quarantine, installation.clock, self._counts
        )
        self._counting = Counting(
            installation.log,
            installation.store,
            settings.rules,
            [ZoneInfo(zone) for zone in settings.zones],
            lambda: self._floor,
            installation.clock(),
            settings.log_retention_hours * 3_600_000,
        )
        receipts = Receipts(
            installation.store, settings.rules, settings.retention_months, installation.clock
        )
        self._numbers = ProcessNumbers(
            self._counting, installation.store, installation.clock, receipts
        )
        self._calendar = Calendar(questions, settings.rules, installation.clock)

    async def run(self, public: socket.socket, metrics: socket.socket | None, demo: int) -> int:
        self._servers.stop_on_signals()
        self._counting.start()
        self._calendar.start()
        collect_seldom()
        exposing = exposed(exposition(self._metrics()))
        host, port = public.getsockname()[:2]
        url = f"http://{host}:{port}"
        stop_playing = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            timekeeper = tasks.create_task(self._keep_time())
            if demo:
                tasks.create_task(play(demo, url, DEMO_SEED, stop_playing))
            posting = webhook(self._settings, self._numbers, self._installation.clock)
            hook = tasks.create_task(posting.run()) if posting else None
            if metrics:
                tasks.create_task(self._servers.serve(exposing, metrics))
            say(f"Live page: {url}/   (Ctrl-C stops it; the data stay in {self._settings.data})")
            app = self._app(None if metrics else exposing)
            await self._servers.serve(app, public, self._collector.take_usual)
            stop_playing.set()
            timekeeper.cancel()
            if hook:
                hook.cancel()
        await asyncio.to_thread(self._calendar.stop)
        await self._packer.close()
        self._tell()
        await asyncio.to_thread(self._counting.stop)
        return 1 if self._failed() else 0

    def _failed(self) -> bool:
        return bool(self._counting.failure or self._counting.storing.failure)

    async def _keep_time(self) -> None:
        """Says until when everything received is durable.

        In the event loop, where nothing can be between its receipt and the packer.
        """
        while True:
            self._floor = self._packer.oldest() or self._installation.clock()
            if self._failed():
                self._servers.stop()
            now = self._installation.clock()
            self._tell(now // 1000)
            self._quarantine.expire(now)
            if self._counting.caught_up:
                await self._handed.take(self._packer, self._counts.tally, now)
            await asyncio.sleep(TICK)

    def _tell(self, before: int | None = None) -> None:
        """Hands on, to be stored, what receipts are made of."""
        seen = self._counts.tally.take(before)
        self._counting.storing.note(
            [Happened(it.what, it.second, it.channel, n, it.reason, it.at) for it, n in seen]
        )

    def _app(self, metrics: ASGIApp | None) -> ASGIApp:
        shown = pages(
            self._numbers,
            self._installation.clock,
            showing(self._settings),
            lambda: self._servers.stopping,
            self._calendar,
        )
        return routed(self._collector, metrics, shown)

    def _metrics(self) -> AudienceCollector:
        log, storing = self._installation.log, self._counting.storing

        def facts() -> Facts:
            return Facts(
                accepted=self._counts.accepted,
                refused=self._counts.refused,
                dropped=self._quarantine.dropped,
                torn_records=len(log.damaged) + bool(log.torn_bytes),
                received=log.received or None,
                stored=storing.final,
                disk_free=disk_usage(self._settings.data).free,
                scheduled=self._calendar.scheduled(),
            )

        return AudienceCollector(
            lambda: self._counting.snapshot,
            facts,
            self._installation.clock,
            self._settings.metrics_channels,
        )
