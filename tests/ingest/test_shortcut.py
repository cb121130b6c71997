"""A report that takes the shortcut gets the answer that the app gives, whatever its client does."""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import uvloop

from audience.reports import Report
from ingest.answers import Send, Short
from ingest.collector import Collector, Scope
from ingest.counts import Counts
from ingest.guards import Receive
from ingest.log.appending import Done, Retry
from ingest.patience import end_slow_requests
from ingest.quarantine import Quarantine
from ingest.serving import uvicorn_settings
from ingest.shortcut import LONGEST
from tests.ingest.collecting import NOW, POLICY

SAID = {"session": "s", "channel": "news", "ts": NOW, "state": "playing"}
BODY = json.dumps(SAID).encode()
TAKEN = b'{"accepted":1,"rejected":[]}'
PATIENCE = 60


class HeldLog:
    """A ReportLog that answers at once, or with `held` when it is let; `failure`: what it says."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.waiting: list[Done] = []
        self.held = self.closed = False
        self.failure: Exception | None = None

    def append(self, reports: Sequence[Report], done: Done) -> None:
        if self.closed:
            message = "the log is closed"
            raise Retry(message, 7)
        self.reports += reports
        self.waiting.append(done)
        if not self.held:
            asyncio.get_running_loop().call_soon(self.let)

    def let(self) -> None:
        """Whatever waits is stored, or failed."""
        waiting, self.waiting = self.waiting, []
        for done in waiting:
            done(self.failure)


class Stand:
    """A collector as it is served, one client, and how many requests took which way."""

    def __init__(self, folder: Path) -> None:
        self.log, self.counts = HeldLog(), Counts()
        policy = replace(POLICY, max_body=1_000_000, max_reports=10_000)
        self.collector = Collector(policy, self.log, Quarantine(folder), lambda: NOW, self.counts)
        self.collector._channels.admit("news")
        self.short = self.careful = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.careful += 1
        await self.collector(scope, receive, send)

    def take(self, scope: Scope, body: bytearray, answer: Short) -> bool:
        taken = self.collector.take_usual(scope, body, answer)
        self.short += taken
        return taken

    @contextlib.asynccontextmanager
    async def serving(self, buffer: int) -> AsyncIterator[None]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            if buffer:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
            self.address, self._buffer = listener.getsockname(), buffer
            settings = uvicorn_settings(self.take)
            config = uvicorn.Config(self, log_level=60, timeout_keep_alive=3_600, **settings)
            self.server = uvicorn.Server(config)
            serving = asyncio.create_task(self.server.serve(sockets=[listener]))
            try:
                await self.connect()
                yield
            finally:
                self.log.let()
                self.writer.close()
                self.server.should_exit = self.server.force_exit = True
                await serving

    async def connect(self) -> None:
        """Speak on a new connection."""
        client = socket.socket()
        if self._buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
        client.connect(self.address)
        self.reader, self.writer = await asyncio.open_connection(sock=client)
        await self.until(lambda: len(self.server.server_state.connections) == 1)

    @property
    def _connection(self) -> Any:
        (connection,) = self.server.server_state.connections
        return connection

    @property
    def held(self) -> bytes | None:
        """How much of a body that is waited for is there."""
        cycle = self._connection._held
        return cycle and bytes(cycle.body)

    @property
    def keeps_alive(self) -> bool:
        return bool(self._connection.cycle.keep_alive)

    def send(self, *pieces: bytes) -> None:
        self.writer.write(b"".join(pieces))

    async def answer(self) -> bytes:
        """The next one that has a length, without its date."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        length = re.search(rb"\r\ncontent-length: (\d+)\r\n", head)
        body = await self.reader.readexactly(int(length[1])) if length else b""
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"date: ")]
        return b"\n".join([lines[0], *sorted(lines[1:]), body])

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0)


def post(body: bytes = BODY, *headers: str, query: str = "", version: str = "1.1") -> bytes:
    lines = [f"POST /v1/reports{query} HTTP/{version}", "Host: h", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def run(stand: Stand, scene: Callable[[], Awaitable[None]], buffer: int = 0) -> None:
    """Plays a scene with one client; `buffer`: bytes of the sockets' answers, about."""

    async def play() -> None:
        seen: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, of: seen.append(of))
        async with stand.serving(buffer):
            await scene()
        assert seen == []

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as it is served
        runner.run(play())


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("Origin: https://tv.example", "User-Agent: okhttp"),
        ("Connection: close",),
        ("Connection: keep-alive",),
    ],
)
@pytest.mark.parametrize("failure", [None, Retry("away", 7)])
def test_both_ways_say_the_same(
    stand: Stand, headers: tuple[str, ...], version: str, failure: Exception | None
) -> None:
    stand.log.failure = failure

    async def scene() -> None:
        stand.send(post(BODY, *headers, version=version))
        shortly = await stand.answer()
        if b"\nconnection: close\n" in shortly:
            assert await asyncio.wait_for(stand.reader.read(), PATIENCE) == b""
            stand.writer.close()
            await stand.connect()
        stand.send(post(BODY, *headers, version=version, query="?nothing=here"))
        assert await stand.answer() == shortly
        assert (stand.short, stand.careful) == (1, 1)
        assert len({report.session for report in stand.log.reports}) == 1
        assert stand.counts.accepted.total() == (0 if failure else 2)

    run(stand, scene)


def test_a_body_in_pieces_is_taken_whole(stand: Stand) -> None:
    async def scene() -> None:
        for _ in range(2):
            whole = post()
            stand.send(whole[: -len(BODY)])
            await stand.until(lambda: stand.held == b"")
            stand.send(whole[-len(BODY) : -5])
            await stand.until(lambda: stand.held == BODY[:-5])
            stand.send(whole[-5:])
            assert (await stand.answer()).endswith(TAKEN)
        assert (stand.short, stand.careful) == (2, 0)

    run(stand, scene)


@pytest.mark.parametrize("lines", [LONGEST // len(BODY), 2_000])
def test_a_long_body_is_the_app_s_and_read_to_its_end(stand: Stand, lines: int) -> None:
    async def scene() -> None:
        stand.send(post(b"\n".join([BODY] * lines)), post())
        assert (await stand.answer()).endswith(b'{"accepted":%d,"rejected":[]}' % lines)
        assert (await stand.answer()).endswith(TAKEN)
        assert (stand.short, stand.careful) == (1, 1)

    run(stand, scene)


def test_what_is_sent_at_once_is_answered_in_order_whichever_way_it_goes(stand: Stand) -> None:
    async def scene() -> None:
        stand.log.held = True
        stand.send(post(), post(b"{"), post(), post(BODY, query="?x"), b"GET /x HTTP/1.1\r\n\r\n")
        for said, stored in ((202, True), (400, False), (202, True), (202, True), (404, False)):
            if stored:
                await stand.until(lambda: bool(stand.log.waiting))
                stand.log.let()
            assert (await stand.answer()).startswith(b"HTTP/1.1 %d" % said)
        assert (stand.short, stand.careful) == (2, 3)

    run(stand, scene)


def test_what_is_no_post_is_no_report(stand: Stand) -> None:
    async def scene() -> None:
        stand.send(post().replace(b"POST", b"PUT"))
        assert (await stand.answer()).startswith(b"HTTP/1.1 405")
        assert (stand.short, stand.careful) == (0, 1)

    run(stand, scene)


@pytest.mark.parametrize(
    "origin", ["a\r\n b: c", "a\rb: c", "a\nb: c", "a\0b: c", "a\r\nb: c", "a\tb: c"]
)
def test_no_header_can_be_slipped_into_an_answer(stand: Stand, origin: str) -> None:
    async def scene() -> None:
        stand.send(post(BODY, f"Origin: {origin}"))
        answer = await stand.answer()
        assert answer.startswith((b"HTTP/1.1 202", b"HTTP/1.1 400"))
        assert not any(line.lstrip().startswith(b"b: c") for line in re.split(rb"[\r\n]", answer))
        assert b"\0" not in answer

    run(stand, scene)


def test_who_asks_whether_to_send_the_body_is_told_to(stand: Stand) -> None:
    async def scene() -> None:
        asking = post(BODY, "Expect: 100-continue")
        stand.send(asking[: -len(BODY)])
        assert (await stand.answer()).startswith(b"HTTP/1.1 100")
        stand.send(BODY)
        assert (await stand.answer()).endswith(TAKEN)

    run(stand, scene)


def test_a_body_that_does_not_come_ends_its_connection_and_a_slow_log_does_not(
    stand: Stand,
) -> None:
    async def scene() -> None:
        ending = asyncio.create_task(end_slow_requests(stand.server, 0.1))
        stand.log.held = True
        stand.send(post())
        await asyncio.sleep(0.5)  # several rounds
        stand.log.let()
        assert (await stand.answer()).endswith(TAKEN)
        stand.send(post()[:-1])
        assert await asyncio.wait_for(stand.reader.read(), PATIENCE) == b""
        ending.cancel()

    run(stand, scene)


def test_a_client_that_hangs_up_has_said_what_it_said(stand: Stand) -> None:
    async def scene() -> None:
        stand.log.held = True
        stand.send(post())
        await stand.until(lambda: bool(stand.log.waiting))
        stand.writer.close()
        await stand.until(lambda: not stand.server.server_state.connections)
        stand.log.let()
        await stand.until(lambda: stand.counts.accepted.total() == 1)

    run(stand, scene)


def test_a_stop_waits_for_the_log_and_then_says_that_it_closes(stand: Stand) -> None:
    async def scene() -> None:
        stand.log.held = True
        stand.send(post())
        await stand.until(lambda: bool(stand.log.waiting))
        stand.server.should_exit = True
        await stand.until(lambda: not stand.keeps_alive)
        stand.log.let()
        last = await stand.answer()
        assert last.endswith(TAKEN)
        assert b"\nconnection: close\n" in last
        assert await asyncio.wait_for(stand.reader.read(), PATIENCE) == b""

    run(stand, scene)


def test_a_log_that_takes_no_more_is_asked_once_more_by_the_app(stand: Stand) -> None:
    async def scene() -> None:
        stand.log.closed = True
        stand.send(post())
        answer = await stand.answer()
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"\nretry-after: 7\n" in answer

    run(stand, scene)


def test_an_error_of_ours_is_said_to_be_one(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        stand.log.failure = ZeroDivisionError()
        stand.send(post())
        assert (await stand.answer()).startswith(b"HTTP/1.1 500")
        assert [record.message for record in caplog.records] == ["A report could not be stored"]
        assert stand.counts.accepted.total() == 0

    run(stand, scene)


def test_a_client_that_reads_no_answers_is_made_to_wait_as_the_app_does_it(stand: Stand) -> None:
    many = 10_000

    async def scene() -> None:
        stand.send(*[post()] * many)
        await stand.until(lambda: stand.careful > 0)
        for _ in range(many):
            assert (await stand.answer()).endswith(TAKEN)
        assert stand.short + stand.careful == many

    run(stand, scene, buffer=4_096)
