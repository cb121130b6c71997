"""Where simulated players speak HTTP: each request when it is due, retried as a player would."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, NamedTuple

import aiohttp
import msgspec
from yarl import URL

from penonton.simulate.protocols import Request, request
from penonton.simulate.sendings import Sending

CONNECTIONS: Final = 100
WAITING: Final = 20_000
"""How many requests may wait for a connection or another try; beyond it the world is held up."""
ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 30.0
TIMEOUT: Final = 15.0
NO_ANSWER: Final = 0
SUCCESS, MISTAKE = 2, 4  # hundreds of HTTP statuses
GRACE: Final = 2.0
"""How long, in s, open requests may still be answered when the world is stopped."""


class Answer(NamedTuple):
    """The last answer to a sending.

    `status`: of HTTP, or NO_ANSWER. `sent`: when it was first sent, in ms since the epoch.
    `refused`: index and reason of the reports that were not taken. `again`: seconds after which
    to try again.
    """

    status: int
    sent: int
    refused: tuple[tuple[int, str], ...] = ()
    again: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the collector answered 2xx."""
        return self.status // 100 == SUCCESS


@dataclass(slots=True)
class Tally:
    """What was sent. `delays`: how many requests left that many ms after they were due."""

    requests: Counter[int] = field(default_factory=Counter)
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    delays: Counter[int] = field(default_factory=Counter)

    def note(self, sending: Sending, answer: Answer) -> None:
        """Count an answer."""
        self.requests[answer.status] += 1
        self.delays[max(0, answer.sent - sending.due)] += 1
        if answer.taken:
            self.accepted += len(sending.said) - len(answer.refused)
            self.refused.update(reason for _, reason in answer.refused)
        elif answer.status // 100 == MISTAKE:
            named = [reason for _, reason in answer.refused] or [f"http_{answer.status}"]
            self.refused.update(named)
        else:
            self.unanswered += len(sending.said)

    def delay(self, share: float) -> int:
        """The delay, in ms, that this share of the requests did not exceed; 0 without requests."""
        left = share * self.delays.total()
        for delay in sorted(self.delays):
            left -= self.delays[delay]
            if left <= 0:
                return delay
        return max(self.delays, default=0)


def now() -> int:
    """The time, in ms since the epoch."""
    return time.time_ns() // 1_000_000


async def post(
    sendings: Iterable[Sending],
    against: str,
    stop: asyncio.Event,
    answered: Callable[[Sending, Answer], None],
) -> None:
    """Send each when it is due, until there are none or `stop` is set.

    `answered` is told the last answer to each.
    """
    room = asyncio.Semaphore(WAITING)
    open_tasks: set[asyncio.Task[None]] = set()
    async with _wire(against) as wire:

        async def deliver(sending: Sending) -> None:
            answer = Answer(NO_ANSWER, now())  # what it stays when a stop cuts it off
            try:
                answer = await wire.deliver(sending)
            finally:
                answered(sending, answer)
                room.release()

        for sending in sendings:
            if not await _until(sending.due, stop):
                break
            await room.acquire()
            task = asyncio.create_task(deliver(sending))
            open_tasks.add(task)
            task.add_done_callback(open_tasks.discard)
        await _finish(open_tasks, stop)


async def _until(due: int, stop: asyncio.Event) -> bool:
    while not stop.is_set():
        early = due - now()
        if early <= 0:
            return True
        await asyncio.sleep(min(early, 200) / 1000)
    return False


async def _finish(open_tasks: set[asyncio.Task[None]], stop: asyncio.Event) -> None:
    stopping = asyncio.create_task(stop.wait())
    while open_tasks and not stopping.done():
        await asyncio.wait({stopping, *open_tasks}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if open_tasks:
        _, late = await asyncio.wait(open_tasks, timeout=GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


class _Wire:
    def __init__(self, session: aiohttp.ClientSession, against: str) -> None:
        self._session = session
        self._base = against.rstrip("/")
        self._connections = asyncio.Semaphore(CONNECTIONS)

    async def deliver(self, sending: Sending) -> Answer:
        asked = request(sending)
        sent = 0
        for attempt in range(1, ATTEMPTS + 1):
            async with self._connections:
                sent = sent or now()
                answer = await self._ask(asked, sent, attempt)
            if answer.again is None or attempt == ATTEMPTS:
                break
            await asyncio.sleep(min(answer.again, LONGEST_WAIT))
        return answer

    async def _ask(self, asked: Request, sent: int, attempt: int) -> Answer:
        url = URL(self._base + asked.path, encoded=True)
        try:
            async with self._session.request(
                asked.method, url, data=asked.body or None, headers=asked.headers
            ) as response:
                body = await response.read()
                again = (
                    _again(response) if response.status == HTTPStatus.SERVICE_UNAVAILABLE else None
                )
                return Answer(response.status, sent, _refused(body), again)
        except (aiohttp.ClientError, TimeoutError):
            return Answer(NO_ANSWER, sent, again=0.5 * 2**attempt)


@asynccontextmanager
async def _wire(against: str) -> AsyncIterator[_Wire]:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield _Wire(session, against)


def _again(response: aiohttp.ClientResponse) -> float:
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isdigit() else 1.0


class _Rejected(msgspec.Struct):
    index: int
    reason: str


class _Told(msgspec.Struct):
    rejected: list[_Rejected] = []


def _refused(body: bytes) -> tuple[tuple[int, str], ...]:
    if b'"reason"' not in body:
        return ()
    try:
        told = msgspec.json.decode(body, type=_Told)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return ()
    return tuple((one.index, one.reason) for one in told.rejected)
