"""Limits on what a request may make the collector read and inflate."""

import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from ingest.reasons import Reason, Reject

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

DRAIN: Final = 4
"""A body this many times over the limit is read and thrown away before it is refused: a server that
closes on a client still sending makes the client lose the answer."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class Gone(Exception):
    """The client left before it had sent its body: nothing is to be answered."""


async def body_of(message: Message, receive: Receive, limit: int) -> bytes:
    """The body that begins with `message`, of at most `limit` bytes.

    Raises Reject when it is longer, Gone when it never ends.
    """
    parts, size = [], 0
    while True:
        if message["type"] != "http.request":
            raise Gone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        if size > DRAIN * limit or (size > limit and not message.get("more_body")):
            raise Reject(Reason.TOO_LARGE)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


def inflated(body: bytes, encoding: bytes, limit: int) -> bytes:
    """The body without its content encoding, at most `limit` bytes. Raises Reject."""
    if not body or encoding in {b"", b"identity"}:
        return body
    if encoding not in {b"gzip", b"x-gzip"}:
        raise Reject(Reason.UNKNOWN_ENCODING)
    inflator = zlib.decompressobj(_GZIP)
    try:
        plain = inflator.decompress(body, limit + 1)
    except zlib.error:
        raise Reject(Reason.BAD_GZIP) from None
    if len(plain) > limit:
        raise Reject(Reason.TOO_LARGE)
    if not inflator.eof or inflator.unused_data:
        raise Reject(Reason.BAD_GZIP)
    return plain
