"""The live answer as server-sent events."""

from collections.abc import AsyncIterator, Callable
from typing import Final

import anyio
import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from dashboards.web.answers import Ready, Streamed

HEADERS: Final = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    # nginx would hold events back
    "x-accel-buffering": "no",
}


class Seats:
    """How many streams are open, of how many that may be."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0

    @property
    def free(self) -> bool:
        """Whether one more may be opened."""
        return self.taken < self.limit


class EventStream(StreamingResponse):
    """Events for as long as the client listens; it keeps a seat meanwhile, however it ends."""

    def __init__(self, events: AsyncIterator[bytes], seats: Seats) -> None:
        super().__init__(events, headers=HEADERS)
        self._seats = seats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Takes the seat and sends events."""
        self._seats.taken += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._seats.taken -= 1


async def events(
    look: Callable[[], Streamed | Ready], pulse: float, closing: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """What `look` sees, at once and then every `pulse` s, until the server is `closing`."""
    while not closing():
        yield event(look())
        await anyio.sleep(pulse)


def event(seen: Streamed | Ready) -> bytes:
    """One event: a message, or `waiting` while nothing has been counted yet."""
    name = b"event: waiting\n" if isinstance(seen, Ready) else b""
    return name + b"data: " + msgspec.json.encode(seen) + b"\n\n"
