"""Load: players' words over HTTP, in their time, each answer written down."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Self

import aiohttp
import msgspec

from tests.faults.operations import OperationLog, Outcome, Said
from tests.faults.players import Saying
from tests.faults.processes import until

SLOT = 0.05  # s: what is said within it goes in one request
ANSWER = aiohttp.ClientTimeout(total=20)


class Load:
    """Plays `sayings` against the collectors in `urls`, in turn, in a thread of its own.

    A context manager; leaving it breaks off what is still to be said. A player that was told to
    try again, or was not answered, goes on and does not repeat itself.
    """

    def __init__(self, urls: Sequence[str], sayings: Sequence[Saying], log: OperationLog) -> None:
        self.log = log
        self._urls = urls
        self._slots = [
            (number * SLOT, [said for _, said in group])
            for number, group in groupby(sayings, key=lambda saying: int(saying[0] / SLOT))
        ]
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="load")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._stopping.set()
        if kind is None:
            self.wait()
        self._thread.join()

    def wait(self) -> None:
        """Until all was said and answered."""
        self._thread.join()
        if self._failure:
            raise self._failure

    def until(self, what: str, holds: Callable[[OperationLog], bool]) -> None:
        """Until what was answered `holds`."""
        until(what, lambda: holds(self.log))

    def until_more(self, count: int) -> None:
        """Until so many more reports were acknowledged."""
        before = self.log.count(Outcome.acknowledged)
        self.until(f"{count} more", lambda log: log.count(Outcome.acknowledged) >= before + count)

    def _run(self) -> None:
        try:
            asyncio.run(self._play())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._failure = error

    async def _play(self) -> None:
        connections = aiohttp.TCPConnector(limit=0)
        async with (
            aiohttp.ClientSession(connector=connections, timeout=ANSWER) as client,
            asyncio.TaskGroup() as sending,
        ):
            begin = time.monotonic()
            for number, (at, said) in enumerate(self._slots):
                await asyncio.sleep(begin + at - time.monotonic())
                if self._stopping.is_set():
                    return
                url = self._urls[number % len(self._urls)]
                sending.create_task(self._send(client, url, said))

    async def _send(self, client: aiohttp.ClientSession, url: str, said: Sequence[Said]) -> None:
        now = time.time()
        body = [{**msgspec.structs.asdict(each), "ts": int(now * 1000) - each.age} for each in said]
        try:
            async with client.post(f"{url}/v1/reports", data=msgspec.json.encode(body)) as answer:
                text = await answer.read()
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError):
            self.log.add(now, said, Outcome.unknown)
            return
        if status == 202:
            assert msgspec.json.decode(text)["rejected"] == [], text
            self.log.add(now, said, Outcome.acknowledged)
        else:
            assert status == 503, (status, text)
            assert "Retry-After" in answer.headers
            self.log.add(now, said, Outcome.refused)
