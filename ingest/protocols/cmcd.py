"""Common Media Client Data: version 2 events, a dictionary a line, and version 1 on requests."""

from collections.abc import Sequence
from typing import Final, Literal
from urllib.parse import parse_qs

import msgspec

from audience.states import STATES, State
from ingest.drafts import Context, Draft, Parsed, Refusal, settle
from ingest.protocols.dictionary import read
from ingest.protocols.reading import Reader, lines
from ingest.reasons import Reason, Reject

EVENTS: Final = "cmcd2"
REQUESTS: Final = "cmcd1"

REQUEST_INTERVAL: Final = 10.0
"""Seconds: a live player asks for a segment or a playlist more often than this."""

Letter = Literal["d", "s", "p", "k", "r", "w", "a", "e", "f", "q"]
_STATES: Final[dict[str | None, State | None]] = {None: None} | dict(
    zip("dspkrwaefq", STATES, strict=True)
)
_HEADERS: Final = (b"cmcd-object", b"cmcd-request", b"cmcd-session", b"cmcd-status")


class Said(msgspec.Struct, gc=False):
    """What we read of a dictionary: `ts` and `pt` in ms."""

    sid: str | None = None
    cid: str | None = None
    sta: Letter | None = None
    ts: int | float | None = None
    sn: int | None = None
    pt: float | None = None


_READER: Final = Reader(
    Said,
    {
        "sid": Reason.BAD_SESSION,
        "cid": Reason.BAD_CHANNEL,
        "sta": Reason.UNKNOWN_STATE,
        "ts": Reason.BAD_TIME,
        "sn": Reason.BAD_SEQ,
        "pt": Reason.BAD_PLAYHEAD,
    },
)


def parse(body: bytes, context: Context, most: int) -> Parsed:
    """The reports of a body, an index counting lines that are not blank.

    Raises Reject when there is none, or more than `most`.
    """
    parsed = Parsed([], [])
    for index, line in enumerate(lines(body, most)):
        draft = _draft(line)
        reason = draft if isinstance(draft, Reason) else settle(draft, context)
        if reason is not None:
            parsed.refusals.append(Refusal(index, reason, line))
        elif isinstance(draft, Draft):
            parsed.drafts.append(draft)
    return parsed


def on_request(query: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The dictionary that came with a GET, as one line: in the query or in the CMCD headers.

    Raises Reject when there is none.
    """
    try:
        said = parse_qs(query.decode("latin-1"), max_num_fields=100).get("CMCD", [""])[0].encode()
    except ValueError:
        raise Reject(Reason.MALFORMED) from None
    said = said or b",".join(value for name, value in headers if name in _HEADERS)
    if not said.strip():
        raise Reject(Reason.EMPTY)
    return said.replace(b"\n", b" ")  # one request is one report


def _draft(line: bytes) -> Draft | Reason:
    try:
        said = _READER.convert(read(line.decode("utf-8", "surrogateescape")))
    except ValueError:
        return Reason.MALFORMED
    if isinstance(said, Reason):
        return said
    return Draft(
        # No viewer: CMCD knows of sessions only. Unless the address names one, the session is it.
        session=said.sid,
        channel=said.cid,
        state=_STATES[said.sta],
        ts=said.ts,
        playhead=None if said.pt is None else said.pt / 1000,
        seq=said.sn,
    )
