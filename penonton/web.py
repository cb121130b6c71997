"""Sockets, servers and signals: what every command that answers HTTP does alike."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from ingest.patience import end_slow_requests
from ingest.serving import uvicorn_settings
from ingest.shortcut import Take
from penonton.settings import Settings

GRACE = 3  # s that open connections are given at a stop


class Servers:
    """The servers of a process in its event loop; `stop` ends them all.

    `stopping` is called at the first `stop`.
    """

    def __init__(self, stopping: Callable[[], None] = lambda: None) -> None:
        self._servers: list[uvicorn.Server] = []
        self._begin_stop = stopping
        self._stopped = asyncio.Event()

    async def serve(self, app: ASGIApp, on: socket.socket, take: Take | None = None) -> None:
        """Answers with `app` until it is stopped; `take` is offered each POST before."""
        config = uvicorn.Config(
            app, log_level="warning", timeout_graceful_shutdown=GRACE, **uvicorn_settings(take)
        )
        server = _Quiet(config)
        server.should_exit = self.stopping
        self._servers.append(server)
        impatience = asyncio.create_task(end_slow_requests(server))
        await server.serve(sockets=[on])
        impatience.cancel()

    def stop(self) -> None:
        """Let open connections end, and take no new ones."""
        if not self.stopping:
            self._begin_stop()
        self._stopped.set()
        for server in self._servers:
            server.should_exit = True

    def stop_on_signals(self) -> None:
        """SIGINT and SIGTERM stop them."""
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, self.stop)

    @property
    def stopping(self) -> bool:
        """Whether they were told to stop."""
        return self._stopped.is_set()

    async def unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Returns when `work` is done, or they are told to stop: then it is cancelled and left."""
        working, stopped = map(asyncio.ensure_future, (work, self._stopped.wait()))
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if working.done():
            working.result()
        working.cancel()


class _Quiet(uvicorn.Server):
    """Leaves signals to us: a stop that was asked for is no error."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises OSError, whose message says what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}; choose another port"
        raise OSError(message) from error
    # Connections inherit it. Without it an answer waits 40 ms for the client's delayed ACK.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def sockets(settings: Settings, stack: ExitStack) -> tuple[socket.socket, socket.socket | None]:
    """Those of the public port and of the one for metrics, if it has its own; raises OSError."""
    public = stack.enter_context(listening(settings.host, settings.port))
    if settings.metrics_port is None:
        return public, None
    return public, stack.enter_context(listening(settings.host, settings.metrics_port))


def say_warnings() -> None:
    """What is logged goes to stderr, from warnings on."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    # The driver adds a traceback to each try at storage, of which we say a line. How far the count
    # is behind is a metric; that a tick took longer than its time is not worth a line each.
    for talkative in ("clickhouse_driver", "mode.timers"):
        logging.getLogger(talkative).setLevel(logging.ERROR)


def say(message: str) -> None:
    """Tell whoever started the command."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()
