"""serve: collector, counting, storage, live page, API and metrics in one process."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from audience.fold import Fold
from audience.reports import Report, to_columns
from audience.rules import Rules
from audience.totals import Totals
from dashboards.web import app as web
from ingest.collector import Collector, Policy
from ingest.counts import Counts
from ingest.identity import Identity
from ingest.log.durable import durable
from ingest.log.local import LocalLog
from ingest.quarantine import Quarantine
from penonton.numbers import LocalNumbers
from penonton.settings import Settings
from penonton.simulate.playing import play
from penonton.storage import engine
from sinks.migrate import migrate
from sinks.store import Store
from streams.local import TICK, Counting

_log = logging.getLogger("penonton")


def serve(settings: Settings, demo: int = 0) -> int:
    """Runs until SIGINT or SIGTERM; the exit status. `demo`: simulated viewers to play against it."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s"
    )
    try:
        listening = socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        _say(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; try --port")
        return 1
    warm_up()
    with listening, _installation(settings) as parts:
        return asyncio.run(_Server(settings, parts).run(listening, demo))


def warm_up() -> None:
    """Has the fold compiled (some seconds, once per version) before anyone waits for it."""
    fold, totals = Fold(Rules()), Totals([ZoneInfo("UTC")])
    report = Report(t=0, viewer="0" * 32, session="0" * 32, channel="none", state="playing")
    fold.feed(to_columns([report]))
    totals.follow(fold, fold.take_final())
    for each in totals.open:
        each.figures(fold, fold.provisional())
        each.attendance.unstored(0)
        each.attendance.next_day()
    fold.unconfirmed()


@dataclass(frozen=True, slots=True)
class _Parts:
    """What lives as long as the process; `clock` (ms) never runs behind what the log holds."""

    log: LocalLog
    store: Store

    def clock(self) -> int:
        return max(time.time_ns() // 1_000_000, self.log.received)


@contextlib.contextmanager
def _installation(settings: Settings) -> Iterator[_Parts]:
    settings.data.mkdir(parents=True, exist_ok=True)
    with LocalLog(settings.data / "log") as log, contextlib.closing(engine(settings)) as storage:
        if log.torn_bytes:
            _log.warning("%d bytes of a torn record were cut off the log", log.torn_bytes)
        migrate(storage)
        yield _Parts(log, Store(storage))


class _Server:
    def __init__(self, settings: Settings, parts: _Parts) -> None:
        self._settings = settings
        self._parts = parts
        self._floor: int | None = None
        self._server: uvicorn.Server | None = None
        self._packer = durable(parts.log)
        self._counts = Counts()
        self._counting = Counting(
            parts.log,
            parts.store,
            settings.rules,
            [ZoneInfo(zone) for zone in settings.zones],
            lambda: self._floor,
            parts.clock(),
            settings.log_retention_hours * 3_600_000,
        )

    async def run(self, listening: socket.socket, demo: int) -> int:
        loop = asyncio.get_running_loop()
        config = uvicorn.Config(
            self._app(),
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=3,
        )
        server = self._server = _Quiet(config)
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self._stop)
        self._counting.start()
        stop = asyncio.Event()
        tasks = [asyncio.create_task(self._keep_time())]
        host, port = listening.getsockname()[:2]
        if demo:
            tasks.append(asyncio.create_task(play(demo, f"http://{host}:{port}", 1, stop)))
        _say(
            f"Live page: http://{host}:{port}/   (Ctrl-C stops it; data stay in {self._settings.data})"
        )
        await server.serve(sockets=[listening])
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._packer.close()
        await asyncio.to_thread(self._counting.stop)
        return 1 if self._failure() else 0

    def _stop(self) -> None:
        if self._server:
            self._server.should_exit = True

    def _closing(self) -> bool:
        return self._server is not None and self._server.should_exit

    def _failure(self) -> BaseException | None:
        return self._counting.failure or self._counting.storing.failure

    async def _keep_time(self) -> None:
        """Says until when everything received is durable; here, where nothing is between receipt and packer."""
        while True:
            self._floor = self._packer.oldest() or self._parts.clock()
            if self._failure():
                self._stop()
            await asyncio.sleep(TICK)

    def _app(self) -> ASGIApp:
        settings, parts = self._settings, self._parts
        policy = Policy(
            rules=settings.rules,
            identity=Identity(settings.id_key),
            default_channel=settings.default_channel,
            max_channels=settings.max_channels,
            allowed_origins=settings.allowed_origins,
            max_body=settings.max_body,
        )
        quarantine = Quarantine(settings.data / "quarantine")
        collector = Collector(policy, self._packer, quarantine, parts.clock, self._counts)
        numbers = LocalNumbers(self._counting, parts.store, parts.clock)
        pages = web.pages(numbers, parts.clock, web.Policy(zone=settings.zones[0]), self._closing)

        async def either(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and collector.handles(scope["path"]):
                await collector(scope, receive, send)
            else:
                await pages(scope, receive, send)

        return either


class _Quiet(uvicorn.Server):
    """Leaves signals to us: a stop that was asked for is no error."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - messages go to stderr
