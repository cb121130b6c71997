"""Our own JSON: one object, an array, or one object a line; whatever the content type says.

`navigator.sendBeacon` cannot set a content type without a preflight, so none is asked for.
"""

import json
from typing import Final

import msgspec

from ingest.drafts import Context, Draft, Parsed, Refusal, settle
from ingest.protocols.reading import (
    MAX_BRACKETS,
    UNREADABLE,
    Reader,
    bounded,
    brackets,
    lenient,
    lines,
)
from ingest.reasons import Reason, Reject

NAME: Final = "json"

_READER: Final = Reader(
    Draft,
    {
        "session": Reason.BAD_SESSION,
        "viewer": Reason.BAD_VIEWER,
        "channel": Reason.BAD_CHANNEL,
        "state": Reason.UNKNOWN_STATE,
        "ts": Reason.BAD_TIME,
        "playhead": Reason.BAD_PLAYHEAD,
        "interval": Reason.BAD_INTERVAL,
        "seq": Reason.BAD_SEQ,
        "platform": Reason.BAD_TEXT,
        "app": Reason.BAD_TEXT,
        "country": Reason.BAD_TEXT,
    },
)
_ONE: Final = msgspec.json.Decoder(Draft)
_ARRAY: Final = msgspec.json.Decoder(list[Draft])


def parse(body: bytes, context: Context, most: int) -> Parsed:
    """The reports of a body, an index counting elements of the array or lines that are not blank.

    Raises Reject when there is none, or more than `most`.
    """
    try:
        drafts = _fast(body, most)
    except UNREADABLE:
        return _careful(body, context, most)
    # Only what is good throughout goes on: reasons, and the bytes beside them, are found slowly.
    if brackets(body) >= MAX_BRACKETS + len(drafts) or any(settle(d, context) for d in drafts):
        return _careful(body, context, most)
    return Parsed(drafts, [])


def _fast(body: bytes, most: int) -> list[Draft]:
    if body[:1] == b"[":
        return bounded(_ARRAY.decode(body), most)
    try:
        return [_ONE.decode(body)]
    except msgspec.DecodeError:
        newlines = body.count(b"\n")
        if not 0 < newlines <= most:
            raise
        return bounded(_ONE.decode_lines(body), most)


def _careful(body: bytes, context: Context, most: int) -> Parsed:
    parsed = Parsed([], [])
    for index, raw in enumerate(_elements(body, most)):
        draft = _READER.read(raw)
        reason = draft if isinstance(draft, Reason) else settle(draft, context)
        if reason is not None:
            channel = draft.channel if isinstance(draft, Draft) else None
            parsed.refusals.append(Refusal(index, reason, raw, channel or ""))
        elif isinstance(draft, Draft):
            parsed.drafts.append(draft)
    return parsed


def _elements(body: bytes, most: int) -> list[bytes]:
    """The bytes of each report; those of an array are written anew, so that none spoils another."""
    body = body.strip()
    try:
        whole = lenient(body)
        if isinstance(whole, list):
            return [json.dumps(element).encode() for element in bounded(whole, most)]
    except RecursionError:
        raise Reject(Reason.TOO_NESTED) from None
    except ValueError:
        return lines(body, most)
    return [body]
