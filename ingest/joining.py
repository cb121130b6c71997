"""Answers in one write: uvicorn sends head and body in two, each a system call and a packet."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Joining:
    """A transport that keeps a head which announces a body until that follows.

    `write_whole` is for what needs no joining.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write_whole = transport.write
        self._head = b""
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a transport can do
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send this and what was kept, or keep it."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.endswith(b"\r\n\r\n") and b"\r\ncontent-length: " in data:
            self._head = data
            return
        self.write_whole(data)

    def flush(self) -> None:
        """Send what was kept."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Close once what was kept is sent."""
        self.flush()
        self._transport.close()


class JoiningProtocol(HttpToolsProtocol):
    """uvicorn's own protocol on such a transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        self.joining = Joining(transport)
        super().connection_made(cast("asyncio.Transport", self.joining))

    def on_response_complete(self) -> None:
        """End an answer; that to HEAD announces a body and has none."""
        self.joining.flush()
        super().on_response_complete()
