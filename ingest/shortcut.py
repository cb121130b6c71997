"""A request answered where it is parsed: uvicorn's task, messages and events cost more than it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from ingest.answers import Short
from ingest.joining import JoiningProtocol

Take = Callable[[Any, bytearray, Short], bool]
"""Takes a request, its scope and whole body, and answers later; or does not take it: False."""

LONGEST: Final = 16_384  # bytes of a body that are waited for; uvicorn stops reading at 65,536


class ShortcutProtocol(JoiningProtocol):
    """Offers each POST to `take` once its body is there; the app gets those it does not take."""

    def __init__(self, take: Take, **given: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(**given)
        self._take = take
        self._held: RequestResponseCycle | None = None

    def on_body(self, body: bytes) -> None:
        """A piece of the body has come."""
        super().on_body(body)
        if self._held and len(self._held.body) > LONGEST:
            cycle, self._held = self._held, None
            super()._start_asgi_task(cycle, self.app)

    def on_message_complete(self) -> None:
        """The body is there."""
        super().on_message_complete()
        if self._held:
            cycle, self._held = self._held, None
            self._offer(cycle)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - uvicorn's own
        """The request's turn: its head is there, and all before it are answered."""
        post = cycle.scope["method"] == "POST"
        # The app says when to send the body, and waits for a client that does not read answers.
        if not post or cycle.waiting_for_100_continue or self.flow.write_paused:
            super()._start_asgi_task(cycle, app)
        elif cycle.more_body:
            self._held = cycle
        else:
            self._offer(cycle)

    def _offer(self, cycle: RequestResponseCycle) -> None:
        if not self._take(cycle.scope, cycle.body, partial(self._answer, cycle)):
            super()._start_asgi_task(cycle, self.app)

    def _answer(self, cycle: RequestResponseCycle, status: int, rest: bytes) -> None:
        if self.transport.is_closing():
            return
        lines = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            lines += [name, b": ", value, b"\r\n"]
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(rest)
        cycle.response_started = cycle.response_complete = True
        self.joining.write_whole(b"".join(lines))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()
