"""Recorded runs through a real collector over HTTP, into a real log, and out of it as counts."""

import asyncio
import contextlib
import http.client
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from audience import definition
from audience.fold import Fold
from audience.reports import Report
from audience.rules import ANYTHING, DEFAULT_INTERVAL, tail
from ingest.collector import Collector, Policy
from ingest.counts import Counts
from ingest.identity import Identity
from ingest.log.durable import durable
from ingest.log.encoding import columns, decode, to_reports
from ingest.log.local import LocalLog
from ingest.log.packer import Grouping
from ingest.quarantine import Quarantine
from penonton.settings import Settings
from tests.audience.counted import somebody
from tests.ingest.collecting import Clock, Server
from tests.players.truth import Stretch
from tests.recordings_replay import (
    DEFAULT_INTERVAL as UNSAID,
)
from tests.recordings_replay import (
    EPAS,
    HLS_REQUESTS,
    PLAIN,
    PLAYERS,
    Run,
    Sent,
    in_our_words,
    runs,
    target,
)

CHANNEL: Final = "recorded"
RULES: Final = Settings().rules
POLICY: Final = Policy(RULES, Identity(""))
GOOD: Final = 300  # statuses below are those of what was taken

Levels = Mapping[tuple[str, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Case:
    """A run, and what `?interval=` (s) in the player's target says; None: nothing."""

    run: Run
    told: float | None

    @property
    def configured(self) -> bool:
        """Whether the address says what it should: how often this player reports."""
        return self.run.player == HLS_REQUESTS or (self.told or UNSAID) == self.run.interval


@dataclass(frozen=True)
class Counted:
    """What the collector made of a case: `statuses` of its answers, `reports` read from the log.

    `watches`, `defined`: by the definition. `folded`: the levels that the fold made final.
    """

    case: Case
    statuses: Sequence[int]
    reports: Sequence[Report]
    watches: Sequence[Stretch]
    defined: Levels
    folded: Levels

    @property
    def refused(self) -> int:
        """Requests of which nothing was taken."""
        return sum(status >= GOOD for status in self.statuses)

    @property
    def half(self) -> int:
        """Half the interval of the reports, in ms."""
        return tail(self.reports[0].interval if self.reports else DEFAULT_INTERVAL)


def cases() -> list[Case]:
    """Every run as an installation would configure it; EPAS also with nothing in the address."""
    return [case for player in PLAYERS for run in runs(player) for case in _cases(run)]


def _cases(run: Run) -> list[Case]:
    unsaid, said = Case(run, None), Case(run, run.interval)
    if unsaid.configured:
        return [unsaid]
    return [unsaid, said] if run.player == EPAS else [said]


def seconds(levels: Levels) -> int:
    """The watch seconds in these levels: what their viewers of anything add up to."""
    return sum(viewers for (channel, _), (viewers, _) in levels.items() if channel == ANYTHING)


def counted(some: Sequence[Case], folder: Path) -> list[Counted]:
    """Replay these; `folder` gets a log for each."""
    return asyncio.run(_counted(some, folder))


async def _counted(some: Sequence[Case], folder: Path) -> list[Counted]:
    server = Server()
    async with _serving(server) as address:
        return [
            await _one(case, folder / str(number), server, address)
            for number, case in enumerate(some)
        ]


@contextlib.asynccontextmanager
async def _serving(front: Server) -> AsyncIterator[tuple[str, int]]:
    # Of a listener that does not say it is TCP, asyncio leaves Nagle's delay on: 40 ms an answer.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(front.config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            await serving


async def _one(case: Case, folder: Path, server: Server, address: tuple[str, int]) -> Counted:
    clock = Clock()
    with LocalLog(folder / "log") as log:
        packer = durable(log, Grouping(linger=0))  # one request at a time: nothing to wait for
        server.app = Collector(POLICY, packer, Quarantine(folder / "refused"), clock, Counts())
        statuses = await asyncio.to_thread(_send, case, clock, address)
        await packer.close()
        batches = [decode(record.payload) for record in log.read()]
    fold = Fold(RULES)
    for batch in batches:
        fold.feed(columns(batch))
    if batches:
        fold.advance(fold.watermark + RULES.max_bridge + RULES.settling + 2_000)
    reports = [report for batch in batches for report in to_reports(batch)]
    return Counted(
        case,
        statuses,
        reports,
        [Stretch(watch.start, watch.end) for watch in definition.watches(reports)],
        definition.levels(reports),
        somebody(fold.take_final()),
    )


def _send(case: Case, clock: Clock, address: tuple[str, int]) -> list[int]:
    """Send what the run sent, each request when the clock shows its receipt; the statuses."""
    connection = http.client.HTTPConnection(*address, timeout=30)
    statuses = []
    with contextlib.closing(connection):
        for recorded in case.run.requests:
            sent = _as_spoken(case.run.player, recorded)
            clock.now = sent.received
            connection.request(sent.method, _address(case, sent), sent.body, dict(sent.headers))
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
    return statuses


def _address(case: Case, sent: Sent) -> str:
    path = target(case.run.player, sent, CHANNEL)
    if case.told is None:
        return path
    return f"{path}{'&' if '?' in path else '?'}interval={case.told:g}"


def _as_spoken(player: str, sent: Sent) -> Sent:
    """The plain page spoke words of its own; where it sent JSON, it now speaks ours."""
    form = sent.headers.get("Content-Type", "").startswith(("multipart/", "application/x-www"))
    return in_our_words(sent) if player == PLAIN and sent.method == "POST" and not form else sent
