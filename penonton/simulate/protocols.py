"""What goes over the wire: a sending as one HTTP request, in the words of the player's protocol."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

from audience.rules import DEFAULT_INTERVAL
from audience.states import State
from penonton.simulate.habits import Protocol
from penonton.simulate.sendings import Sending
from penonton.simulate.speech import Said


class Request(NamedTuple):
    """An HTTP request; `path` holds the query, percent-encoded."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


EPAS_EVENTS: Final[dict[State, str]] = {
    "preloading": "init",
    "starting": "loaded",
    "playing": "playing",
    "seeking": "seeking",
    "rebuffering": "buffering",
    "waiting": "buffering",
    "paused": "paused",
    "ended": "stopped",
    "failed": "error",
    "quit": "stopped",
}
# What EPAS says instead of `playing` when one of these is over.
EPAS_RESUMED: Final[dict[State, str]] = {
    "seeking": "seeked",
    "rebuffering": "buffered",
    "waiting": "buffered",
}
EPAS_HEARTBEAT: Final = "heartbeat"
EPAS_REASONS: Final[dict[State, str]] = {"ended": "ended", "quit": "aborted"}

CMCD_STATES: Final[dict[State, str]] = {
    "preloading": "d",
    "starting": "s",
    "playing": "p",
    "seeking": "k",
    "rebuffering": "r",
    "waiting": "w",
    "paused": "a",
    "ended": "e",
    "failed": "f",
    "quit": "q",
}

# A platform as its players' User-Agent tells it.
AGENTS: Final = {
    "android": "ExoPlayerLib/2.19.1 (Linux; Android 14)",
    "ios": "AppleCoreMedia/1.0.0.21A360 (iPhone; U; CPU OS 17_0)",
    "web": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
    "tv": "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36",
}

_JSON = {"Content-Type": "application/json"}
_NDJSON = {"Content-Type": "application/x-ndjson"}
_TEXT = {"Content-Type": "text/plain;charset=UTF-8"}
_CMCD = {"Content-Type": "application/cmcd"}


def request(sending: Sending) -> Request:
    """The request of a sending; the same sending gives the same bytes."""
    method, path, headers, body = _REQUESTS[sending.player.protocol](sending)
    return Request(method, path, {"User-Agent": AGENTS[sending.player.platform], **headers}, body)


def epas_event(said: Said) -> str:
    """The name EPAS has for what is said."""
    if said.state == said.after and said.seq > 0:
        return EPAS_HEARTBEAT
    if said.state == "playing" and said.after in EPAS_RESUMED:
        return EPAS_RESUMED[said.after]
    return EPAS_EVENTS[said.state]


def _json(sending: Sending) -> Request:
    return Request("POST", "/v1/reports", _JSON, _encoded(_report(sending, sending.said[0])))


def _ndjson(sending: Sending) -> Request:
    lines = [_encoded(_report(sending, said)) for said in sending.said]
    return Request("POST", "/v1/reports", _NDJSON, b"\n".join(lines) + b"\n")


def _beacon(sending: Sending) -> Request:
    body = _encoded([_report(sending, said) for said in sending.said])
    return Request("POST", "/v1/reports", _TEXT, body)


def _report(sending: Sending, said: Said) -> dict[str, Any]:
    player = sending.player
    return {
        "viewer": player.viewer,
        "session": sending.session,
        "channel": said.channel,
        "state": said.state,
        "playhead": said.playhead,
        "ts": player.clock(said.at),
        "seq": said.seq,
        "interval": player.interval / 1000,
        "platform": player.platform,
        "app": player.app,
    }


def _epas(sending: Sending) -> Request:
    (said,) = sending.said
    event = epas_event(said)
    told: dict[str, Any] = {
        "event": event,
        "sessionId": sending.session,
        "timestamp": sending.player.clock(said.at),
        "playhead": said.playhead,
        "duration": -1,
    }
    if event == "stopped":
        told["payload"] = {"reason": EPAS_REASONS[said.state]}
    headers = _JSON | {"X-EPAS-Event": event, "X-EPAS-Version": "0.3.1"}
    return Request("POST", f"/epas/{said.channel}", headers, _encoded(told))


def _cmcd2(sending: Sending) -> Request:
    interval = sending.player.interval
    query = "" if interval == DEFAULT_INTERVAL else f"?interval={interval / 1000:g}"
    lines = "".join(_cmcd_line(sending, said) for said in sending.said)
    return Request("POST", f"/cmcd{query}", _CMCD, lines.encode())


def _cmcd_line(sending: Sending, said: Said) -> str:
    event = "t" if said.state == said.after and said.seq > 0 else "ps"
    return (
        f'cid="{said.channel}",e={event},pt={round(said.playhead * 1000)},sf=h,'
        f'sid="{sending.session}",sn={said.seq},st=l,sta={CMCD_STATES[said.state]},'
        f"ts={sending.player.clock(said.at)},v=2\n"
    )


def _cmcd1(sending: Sending) -> Request:
    (said,) = sending.said
    keys = f'bl=8000,br=2500,cid="{said.channel}",d=6000,ot=v,sf=h,sid="{sending.session}",st=l'
    return Request("GET", f"/cmcd/{said.channel}?CMCD={quote(keys, safe='')}", {}, b"")


_encoded = msgspec.json.Encoder().encode
_REQUESTS: Final[dict[Protocol, Callable[[Sending], Request]]] = {
    "json": _json,
    "ndjson": _ndjson,
    "beacon": _beacon,
    "epas": _epas,
    "cmcd2": _cmcd2,
    "cmcd1": _cmcd1,
}
