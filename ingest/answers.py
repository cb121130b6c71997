"""What the collector answers, statuses, headers and bodies, and the one place that sends it."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from ingest.cors import Headers
from ingest.drafts import Refusal
from ingest.reasons import Reason

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Short = Callable[[int, bytes], None]
"""Sends an answer, a status and what `written` gives, in one piece."""

_JSON: Final = (b"content-type", b"application/json")
_STATUS: Final = {
    Reason.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.TOO_MANY: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.UNKNOWN_ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}


async def answer(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """Send an answer; a body is JSON."""
    headers = _of_body(status, headers, body)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def written(status: int, headers: Headers, body: bytes = b"") -> bytes:
    """What `answer` would send, as it is on the wire behind the headers that every answer has."""
    lines = [name + b": " + value for name, value in _of_body(status, headers, body)]
    return b"\r\n".join([*lines, b"", body])


def _of_body(status: int, headers: Headers, body: bytes) -> Headers:
    if body:
        headers = [*headers, _JSON]
    if status != HTTPStatus.NO_CONTENT:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    return headers


def outcome(accepted: int, refusals: Sequence[Refusal]) -> bytes:
    """How many reports were taken, and for each that was not, which it was and why."""
    rejected = [
        {"index": refusal.index, "reason": refusal.reason, "message": refusal.reason.sentence}
        for refusal in refusals
    ]
    return msgspec.json.encode({"accepted": accepted, "rejected": rejected})


def refused_with(refusals: Sequence[Refusal]) -> tuple[int, Headers]:
    """Status and headers when no report was taken."""
    reason = refusals[0].reason
    # What is left of a body too large to be read would be taken for the next request.
    headers = [(b"connection", b"close")] if reason is Reason.TOO_LARGE else []
    return _STATUS.get(reason, HTTPStatus.BAD_REQUEST), headers
