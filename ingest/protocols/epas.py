"""Eyevinn Player Analytics: one JSON event a POST, as the unmodified SDKs send it."""

from collections.abc import Callable
from typing import Final

import msgspec

from audience.rules import DEFAULT_INTERVAL
from audience.states import State
from ingest.drafts import Context, Draft, Parsed, Refusal, settle
from ingest.protocols.reading import Reader
from ingest.reasons import Reason, Reject

NAME: Final = "epas"

# Heartbeats go on while paused: only the playhead tells, so they name no state.
EVENTS: Final[dict[str, State | None]] = {
    "init": "preloading",
    "loading": "preloading",
    "loaded": "preloading",
    "playing": "playing",
    "paused": "paused",
    "buffering": "rebuffering",
    "buffered": "playing",
    "seeking": "seeking",
    "stopped": "quit",
    "error": "failed",
    "heartbeat": None,
    "metadata": None,
    "seeked": None,
    "bitrate_changed": None,
    "warning": None,
}


class Event(msgspec.Struct, gc=False):
    """What we read of an event: `timestamp` in ms, `playhead` in s (-1: unknown)."""

    event: str | None = None
    session: str | None = msgspec.field(name="sessionId", default=None)
    timestamp: int | float | None = None
    playhead: float | None = None
    shard: str | None = msgspec.field(name="shardId", default=None)
    payload: object = None

    @property
    def state(self) -> State | None:
        """The state of a known event."""
        if self.event == "stopped" and isinstance(self.payload, dict):
            return "ended" if self.payload.get("reason") == "ended" else "quit"
        return EVENTS[self.event or ""]


_READER: Final = Reader(
    Event,
    {
        "event": Reason.UNKNOWN_EVENT,
        "sessionId": Reason.BAD_SESSION,
        "timestamp": Reason.BAD_TIME,
        "playhead": Reason.BAD_PLAYHEAD,
        "shardId": Reason.BAD_CHANNEL,
    },
)


def parse(body: bytes, context: Context, issue: Callable[[], str]) -> Parsed:
    """The event of a body; `issue` makes a session id for an `init` without one.

    Raises Reject when the body is empty.
    """
    if not body.strip():
        raise Reject(Reason.EMPTY)
    event = _READER.read(body)
    if isinstance(event, Reason):
        return Parsed([], [Refusal(0, event, body)])
    if event.event not in EVENTS:
        return Parsed([], [Refusal(0, Reason.UNKNOWN_EVENT, body)])
    if event.event == "init" and not event.session:
        event.session = issue()
    draft = _draft(event)
    if reason := settle(draft, context):
        return Parsed([], [Refusal(0, reason, body)])
    return Parsed([draft], [], _answer(event, context))


def _draft(event: Event) -> Draft:
    # No viewer: device and user stand in the metadata event only, and a session must have the same
    # viewer in all its reports. The collector remembers no session, so the session is the viewer,
    # unless the address names one.
    return Draft(
        session=event.session,
        channel=event.shard,
        state=event.state,
        ts=event.timestamp,
        playhead=event.playhead,
    )


def _answer(event: Event, context: Context) -> bytes:
    # The SDK goes silent for good when init is not answered with these two.
    if event.event == "init":
        # A player told to report less often than is taken as a promise would seem to leave.
        interval = min(DEFAULT_INTERVAL, context.longest)
        return msgspec.json.encode({"sessionId": event.session, "heartbeatInterval": interval})
    return msgspec.json.encode({"sessionId": event.session, "valid": True})
