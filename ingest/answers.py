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

_JSON: Final = (b"content-type", b"application/json")
_STATUS: Final = {
    Reason.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.TOO_MANY: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.UNKNOWN_ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}
_ONE_TAKEN: Final = b'{"accepted":1,"rejected":[]}'
_ONE_TAKEN_HEADERS: Final = (_JSON, (b"content-length", b"%d" % len(_ONE_TAKEN)))


async def answer(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """Send an answer; a body is JSON."""
    if body:
        headers = [*headers, _JSON]
    if status != HTTPStatus.NO_CONTENT:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def one_taken(headers: Headers) -> tuple[Message, Message]:
    """The messages that `answer` sends with the `outcome` of one report that was taken."""
    headers = [*headers, *_ONE_TAKEN_HEADERS]
    return (
        {"type": "http.response.start", "status": 202, "headers": headers},
        {"type": "http.response.body", "body": _ONE_TAKEN},
    )


def outcome(accepted: int, refusals: Sequence[Refusal]) -> bytes:
    """How many reports were taken, and for each that was not, which it was and why."""
    if accepted == 1 and not refusals:
        return _ONE_TAKEN
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
