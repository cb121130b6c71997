"""A real server of the pages: in a thread with numbers to be turned, or as its own process."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

import uvicorn

from dashboards.web.app import pages
from dashboards.web.calendar import Calendar
from dashboards.web.policy import Policy
from tests.web.played import PlayedNumbers, now_ms

POLICY = Policy()


@contextlib.contextmanager
def running(
    numbers: PlayedNumbers,
    policy: Policy = POLICY,
    clock: Callable[[], int] = now_ms,
    calendar: Calendar | None = None,
) -> Iterator[str]:
    """Serves the pages at the address it gives."""
    sock = socket.create_server(("127.0.0.1", 0))
    server = _server(numbers, policy, clock, calendar=calendar)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        sock.close()
        assert not thread.is_alive(), "the server did not stop"


def _server(
    numbers: PlayedNumbers,
    policy: Policy,
    clock: Callable[[], int],
    port: int = 0,
    calendar: Calendar | None = None,
) -> uvicorn.Server:
    server: uvicorn.Server
    app = pages(numbers, clock, policy, closing=lambda: server.should_exit, calendar=calendar)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    return server


if __name__ == "__main__":
    _server(PlayedNumbers(), POLICY, now_ms, int(sys.argv[1])).run()
