"""serve: collector, counting, storage, live page, API and metrics in one process."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import uvicorn
import uvloop
from starlette.types import ASGIApp

from dashboards.web.app import pages
from dashboards.web.policy import Policy as PagePolicy
from ingest.collector import Collector, Policy
from ingest.counts import Counts
from ingest.identity import Identity
from ingest.log.durable import durable
from ingest.log.files import Stop as LogStop
from ingest.patience import end_slow_requests
from ingest.quarantine import Quarantine
from ingest.serving import UVICORN, collect_seldom
from penonton.installation import Installation, opened, warm_up
from penonton.numbers import LocalNumbers
from penonton.routing import exposed, routed
from penonton.settings import Settings
from penonton.simulate.playing import play
from sinks.engine import Retry, Stop
from sinks.prometheus import AudienceCollector, Facts, exposition
from streams.local import TICK, Counting

DEMO_SEED = 1
GRACE = 3  # s that open connections are given at a stop


def serve(settings: Settings, demo: int = 0) -> int:
    """Run until SIGINT or SIGTERM; the exit status.

    `demo`: simulated viewers to play against it.
    """
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    with contextlib.ExitStack() as stack:
        try:
            public = stack.enter_context(_listening(settings.host, settings.port))
            metrics = (
                None
                if settings.metrics_port is None
                else stack.enter_context(_listening(settings.host, settings.metrics_port))
            )
            warm_up()
            installation = stack.enter_context(opened(settings))
        except (OSError, LogStop, Retry, Stop) as error:
            _say(f"penonton: {error}")
            return 1
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_Serving(settings, installation).run(public, metrics, demo))


class _Serving:
    def __init__(self, settings: Settings, installation: Installation) -> None:
        self._settings = settings
        self._installation = installation
        self._floor: int | None = None
        self._servers: list[uvicorn.Server] = []
        self._packer = durable(installation.log)
        self._counts = Counts()
        self._counting = Counting(
            installation.log,
            installation.store,
            settings.rules,
            [ZoneInfo(zone) for zone in settings.zones],
            lambda: self._floor,
            installation.clock(),
            settings.log_retention_hours * 3_600_000,
        )

    async def run(self, public: socket.socket, metrics: socket.socket | None, demo: int) -> int:
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, self._stop)
        self._counting.start()
        collect_seldom()
        exposing = exposed(exposition(self._metrics()))
        host, port = public.getsockname()[:2]
        url = f"http://{host}:{port}"
        stop_playing = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            timekeeper = tasks.create_task(self._keep_time())
            if demo:
                tasks.create_task(play(demo, url, DEMO_SEED, stop_playing))
            if metrics:
                tasks.create_task(self._serve(exposing, metrics))
            _say(f"Live page: {url}/   (Ctrl-C stops it; the data stay in {self._settings.data})")
            await self._serve(self._app(None if metrics else exposing), public)
            stop_playing.set()
            timekeeper.cancel()
        await self._packer.close()
        await asyncio.to_thread(self._counting.stop)
        return 1 if self._failed() else 0

    async def _serve(self, app: ASGIApp, on: socket.socket) -> None:
        config = uvicorn.Config(
            app, log_level="warning", timeout_graceful_shutdown=GRACE, **UVICORN
        )
        server = _Quiet(config)
        self._servers.append(server)
        impatience = asyncio.create_task(end_slow_requests(server))
        await server.serve(sockets=[on])
        impatience.cancel()

    def _stop(self) -> None:
        for server in self._servers:
            server.should_exit = True

    def _stopping(self) -> bool:
        return any(server.should_exit for server in self._servers)

    def _failed(self) -> bool:
        return bool(self._counting.failure or self._counting.storing.failure)

    async def _keep_time(self) -> None:
        """Says until when everything received is durable.

        In the event loop, where nothing can be between its receipt and the packer.
        """
        while True:
            self._floor = self._packer.oldest() or self._installation.clock()
            if self._failed():
                self._stop()
            await asyncio.sleep(TICK)

    def _app(self, metrics: ASGIApp | None) -> ASGIApp:
        settings, clock = self._settings, self._installation.clock
        policy = Policy(
            rules=settings.rules,
            identity=Identity(settings.id_key),
            default_channel=settings.default_channel,
            max_channels=settings.max_channels,
            allowed_origins=settings.allowed_origins,
            max_body=settings.max_body,
        )
        quarantine = Quarantine(settings.data / "quarantine")
        collector = Collector(policy, self._packer, quarantine, clock, self._counts)
        numbers = LocalNumbers(self._counting, self._installation.store, clock)
        shown = pages(numbers, clock, PagePolicy(zone=settings.zones[0]), self._stopping)
        return routed(collector, metrics, shown)

    def _metrics(self) -> AudienceCollector:
        log, storing = self._installation.log, self._counting.storing

        def facts() -> Facts:
            return Facts(
                accepted=self._counts.accepted,
                refused=self._counts.refused,
                torn_records=len(log.damaged) + bool(log.torn_bytes),
                received=log.received or None,
                stored=storing.final,
            )

        return AudienceCollector(
            lambda: self._counting.snapshot,
            facts,
            self._installation.clock,
            self._settings.max_channels,
        )


class _Quiet(uvicorn.Server):
    """Leaves signals to us: a stop that was asked for is no error."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}; choose another port"
        raise OSError(message) from error
    # Connections inherit it. Without it an answer waits 40 ms for the client's delayed ACK.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
