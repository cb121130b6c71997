"""A collector over real HTTP, with a log in memory: the log is not the subject here."""

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
from ingest.collector import Collector, Policy
from ingest.counts import Counts
from ingest.identity import Identity
from ingest.log.appending import Retry
from ingest.quarantine import Quarantine

NOW = 1_795_558_330_000
IDENTITY = Identity("a key of the tests")
POLICY = Policy(Rules(), IDENTITY, max_body=65_536, max_reports=100)


class MemoryLog:
    """A ReportLog that keeps its reports; `full` makes it ask for a retry after so many seconds."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.full = 0

    async def append(self, reports: Sequence[Report]) -> None:
        if self.full:
            message = "storage cannot take reports now"
            raise Retry(message, self.full)
        self.reports.extend(reports)


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


class Collecting:
    """A collector, what it stands on, and a client that speaks to it when it is `serving`."""

    def __init__(self, folder: Path, policy: Policy = POLICY) -> None:
        self.log = MemoryLog()
        self.clock = Clock()
        self.counts = Counts()
        self.quarantine = Quarantine(folder)
        self.collector = Collector(policy, self.log, self.quarantine, self.clock, self.counts)
        self._connection: http.client.HTTPConnection | None = None

    @contextlib.contextmanager
    def serving(self) -> Iterator["Collecting"]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(self.collector, log_level="warning", lifespan="off")
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            self._connection = http.client.HTTPConnection(*listener.getsockname(), timeout=30)
            try:
                yield self
            finally:
                self._connection.close()
                server.should_exit = True
                thread.join()

    def send(
        self,
        path: str,
        body: bytes | str = b"",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        assert self._connection is not None
        raw = body.encode() if isinstance(body, str) else body
        self._connection.request(method, path, raw, dict(headers or {}))
        response = self._connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
