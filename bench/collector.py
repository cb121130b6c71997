"""How fast the collector takes reports, against a bare ASGI app that reads the body, answers 204.

The collector is set up as it is run, the bare app as uvicorn does by default.

`python bench/collector.py` prints medians of ratios of alternating runs. Servers and load generator
are processes of their own on the loopback, with keep-alive connections that wait for each answer.
"""

import argparse
import asyncio
import contextlib
import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parent.parent))

import uvicorn

from audience.rules import Rules
from ingest.answers import Send
from ingest.collector import Collector, Policy, Scope
from ingest.counts import Counts
from ingest.guards import Receive
from ingest.identity import Identity
from ingest.log.durable import durable
from ingest.log.local import LocalLog
from ingest.quarantine import Quarantine
from ingest.serving import collect_seldom, uvicorn_settings

CONNECTIONS = 1_024
REQUEST = (
    "POST /v1/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Example/4.2 okhttp/4.12.0\r\n"
    "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
REPORT = (
    '{{"viewer":"{viewer:036x}","session":"{session:036x}","channel":"channel-{channel}",'
    '"state":"playing","ts":{ts},"playhead":{playhead},"interval":30,"seq":{seq},'
    '"platform":"android","app":"tv 4.2"}}'
)


@dataclass(frozen=True)
class Load:
    """A kind of request: `reports` of them in a body, one a line."""

    name: str
    reports: int


@dataclass(frozen=True)
class Server:
    """A process that listens on a port of the loopback."""

    port: int
    pid: int


@dataclass(frozen=True)
class Run:
    """Requests answered a second, and CPU seconds of the server for each."""

    rate: float
    cpu: float


WARMING = 0.25  # of the measured time, before it
ONE = Load("one report", 1)
MANY = Load("NDJSON of 500", 500)


async def bare(_scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def serve(kind: str, fd: int) -> None:
    with contextlib.ExitStack() as stack:
        app: Any = bare
        settings: dict[str, Any] = {"access_log": False, "lifespan": "off"}
        if kind == "collector":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            app = collector = Collector(
                Policy(Rules(), Identity("a key of the bench")),
                durable(stack.enter_context(LocalLog(folder / "log"))),
                Quarantine(folder / "quarantine"),
                lambda: time.time_ns() // 1_000_000,
                Counts(),
            )
            settings = uvicorn_settings(collector.take_usual)
            collect_seldom()
        config = uvicorn.Config(app, log_level="warning", **settings)
        # Not `fd=`: uvicorn would take it for a Unix socket and leave Nagle's algorithm on.
        uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


class Client(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last has come in.

    `answered` counts those that were refused and those that were taken.
    """

    def __init__(self, requests: list[bytes], answered: list[int]) -> None:
        self._requests = requests
        self._answered = answered
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Count an answer that is complete and send the next request."""
        self._answer += data
        head, _, body = self._answer.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 204") or body.endswith(b"}"):
            self._answered[head.startswith(b"HTTP/1.1 20")] += 1
            self._answer = b""
            self._send()

    def _send(self) -> None:
        self._transport.write(random.choice(self._requests))


def requests(load: Load) -> list[bytes]:
    now = time.time_ns() // 1_000_000
    return [_request(load, now) for _ in range(2_000 // load.reports + 20)]


def _request(load: Load, now: int) -> bytes:
    body = "\n".join(
        REPORT.format(
            viewer=random.getrandbits(128),
            session=random.getrandbits(128),
            channel=random.randrange(20),
            ts=now - random.randrange(1_000),
            playhead=random.randrange(10**6) / 1_000,
            seq=random.randrange(1_000),
        )
        for _ in range(load.reports)
    ).encode()
    return (REQUEST % len(body)).encode() + body


async def measure(port: int, load: Load, seconds: float) -> float:
    """Requests answered a second."""
    loop, answered, bodies = asyncio.get_running_loop(), [0, 0], requests(load)
    connections = CONNECTIONS if load.reports == 1 else 16
    for _ in range(connections):
        await loop.create_connection(lambda: Client(bodies, answered), "127.0.0.1", port)
    await asyncio.sleep(seconds * WARMING)
    before, since = answered[True], time.perf_counter()
    await asyncio.sleep(seconds)
    if answered[False]:
        message = f"{answered[False]} requests were refused"
        raise SystemExit(message)
    return (answered[True] - before) / (time.perf_counter() - since)


@contextlib.contextmanager
def running(kind: str) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port: int = listener.getsockname()[1]
        command = [sys.executable, __file__, "--serve", kind, "--fd", str(listener.fileno())]
        with subprocess.Popen(command, pass_fds=[listener.fileno()]) as server:
            try:
                started = http.client.HTTPConnection("127.0.0.1", port)
                started.request("GET", "/")
                started.getresponse().read()
                yield Server(port, server.pid)
            finally:
                server.terminate()


def loaded(server: Server, load: Load, seconds: float) -> Run:
    command = [sys.executable, __file__, "--load", load.name, "--port", str(server.port)]
    command += ["--seconds", str(seconds)]
    before = _spent(server.pid)
    rate = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Run(rate, (_spent(server.pid) - before) / (rate * seconds * (1 + WARMING)))


def _spent(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def compare(load: Load, rounds: int, seconds: float) -> str:
    """The medians of what rounds of both apps, one after the other, say."""
    with running("bare") as plain, running("collector") as collecting:
        for server in (plain, collecting):
            loaded(server, load, 0.5)
        runs = [
            (loaded(plain, load, seconds), loaded(collecting, load, seconds)) for _ in range(rounds)
        ]
    reference = statistics.median(bare.rate for bare, _ in runs)
    taken = statistics.median(ours.rate for _, ours in runs)
    ratio = statistics.median(ours.rate / bare.rate for bare, ours in runs)
    cost = statistics.median(bare.cpu / ours.cpu for bare, ours in runs)
    return (
        f"{load.name}: bare {reference:,.0f} requests/s, collector {taken:,.0f} requests/s "
        f"= {taken * load.reports:,.0f} reports/s, ratio {ratio:.2f}, by CPU {cost:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--serve", choices=["bare", "collector"], help=argparse.SUPPRESS)
    parser.add_argument("--load", choices=[ONE.name, MANY.name], help=argparse.SUPPRESS)
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.fd)
    elif options.load:
        load = ONE if options.load == ONE.name else MANY
        with asyncio.Runner(loop_factory=uvicorn.Config(bare).get_loop_factory()) as runner:
            print(runner.run(measure(options.port, load, options.seconds)))
    else:
        for load in (ONE, MANY):
            print(compare(load, options.rounds, options.seconds))


if __name__ == "__main__":
    main()
