"""A collector over real HTTP, with a log in memory: the log is not the subject here."""

import asyncio
import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from audience.reports import Report
from audience.rules import Rules
from ingest.answers import Send, Short
from ingest.collector import Collector, Policy, Scope
from ingest.counts import Counts
from ingest.guards import Receive
from ingest.identity import Identity
from ingest.log.appending import Done, Retry
from ingest.quarantine import Quarantine
from ingest.serving import uvicorn_settings

NOW = 1_795_558_330_000
IDENTITY = Identity("a key of the tests")
POLICY = Policy(Rules(), IDENTITY, max_body=65_536, max_reports=100)


class MemoryLog:
    """A ReportLog that keeps its reports; `full` makes it ask for a retry after so many seconds."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.full = 0

    def append(self, reports: Sequence[Report], done: Done) -> None:
        error = Retry("storage cannot take reports now", self.full) if self.full else None
        if error is None:
            self.reports.extend(reports)
        asyncio.get_running_loop().call_soon(done, error)


class Clock:
    """A clock that shows what it was set to (ms)."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reasons(self) -> list[tuple[int, str]]:
        """Index and reason of each report that was refused."""
        return [(refused["index"], refused["reason"]) for refused in self.json["rejected"]]


class Server:
    """One uvicorn on a port of its own, in front of one collector at a time."""

    def __init__(self) -> None:
        self.app: Collector | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    def take(self, scope: Scope, body: bytearray, answer: Short) -> bool:
        assert self.app is not None
        return self.app.take_usual(scope, body, answer)

    @property
    def config(self) -> uvicorn.Config:
        """As a collector is served."""
        return uvicorn.Config(self, log_level="warning", **uvicorn_settings(self.take))

    @contextlib.contextmanager
    def running(self) -> Iterator[tuple[str, int]]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = uvicorn.Server(self.config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield listener.getsockname()
            finally:
                server.should_exit = True
                thread.join()


class Collecting:
    """A collector, what it stands on, and a client that speaks to it at `address`."""

    def __init__(self, folder: Path, address: tuple[str, int], policy: Policy = POLICY) -> None:
        self.log = MemoryLog()
        self.clock = Clock()
        self.counts = Counts()
        self.quarantine = Quarantine(folder)
        self.collector = Collector(policy, self.log, self.quarantine, self.clock, self.counts)
        self._connection = http.client.HTTPConnection(*address, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def send(
        self,
        path: str,
        body: bytes | str = b"",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        raw = body.encode() if isinstance(body, str) else body
        self._connection.request(method, path, raw, dict(headers or {}))
        response = self._connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
