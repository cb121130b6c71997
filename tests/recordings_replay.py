"""What real players put on the wire (`tests/recordings`), run by run, ready to be sent again.

The recorded times are absolute: give the collector a clock that shows each request's `received`, or
shift a run to the present with `Run.shifted`.
"""

import base64
import datetime as dt
import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "recordings"

HLS_EVENTS: Final = "hlsjs-cmcd2-event"
HLS_REQUESTS: Final = "hlsjs-cmcd1-query"
DASH_EVENTS: Final = "dashjs-cmcd2-event"
EPAS: Final = "epas"
PLAIN: Final = "plain-fetch-beacon"
PLAYERS: Final = (HLS_EVENTS, HLS_REQUESTS, DASH_EVENTS, EPAS, PLAIN)

DEFAULT_INTERVAL: Final = 30.0
_HOP: Final = frozenset({"host", "connection", "content-length", "accept-encoding"})
_TIME: Final = re.compile(rb'(\bts=|"timestamp":|"ts":)(\d{13})\b')

# The page of the plain recordings has words of its own; ours are those of the design.
_PLAIN_STATES: Final = {
    "start": "playing",
    "resume": "playing",
    "pause": "paused",
    "seek": "seeking",
    "stop": "quit",
}


@dataclass(frozen=True)
class Sent:
    """A request as recorded; `received` in ms, `status` what it was answered then, if at all."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received: int
    status: int | None


@dataclass(frozen=True)
class Mark:
    """What the viewer or the application did at an instant (ms), like `pause (position 10.45)`."""

    at: int
    action: str


@dataclass(frozen=True)
class MediaEvent:
    """A line of the page's own log: a media event at an instant (ms), the position in seconds."""

    at: int
    name: str
    position: float


@dataclass(frozen=True)
class Run:
    """One scenario: what was sent, what the viewer did, and what the page's media element said."""

    player: str
    name: str
    requests: Sequence[Sent]
    marks: Sequence[Mark]
    page_log: Sequence[MediaEvent]
    options: Mapping[str, Any]

    @property
    def interval(self) -> float:
        """Seconds between two heartbeats, as the player was configured."""
        if self.player == EPAS:
            return float(self.options.get("init", {}).get("heartbeatInterval", 30_000)) / 1000
        if self.player == PLAIN:
            return float(self.options.get("interval", DEFAULT_INTERVAL))
        targets = self.options.get("cmcd", {}).get("eventTargets", [{}])
        return float(targets[0].get("interval", DEFAULT_INTERVAL))

    def shifted(self, ms: int) -> "Run":
        """The same run, so much later, the times in the bodies with it."""
        return replace(
            self,
            requests=[
                replace(sent, received=sent.received + ms, body=_shifted(sent.body, ms))
                for sent in self.requests
            ],
            marks=[replace(mark, at=mark.at + ms) for mark in self.marks],
            page_log=[replace(event, at=event.at + ms) for event in self.page_log],
        )


def runs(player: str) -> list[Run]:
    """The runs of a player, in the order in which they were recorded."""
    lines: dict[str, list[dict[str, Any]]] = {}
    with (FOLDER / f"{player}.ndjson").open() as file:
        for line in map(json.loads, file):
            lines.setdefault(line["run"], []).append(line)
    return [_run(player, name, said) for name, said in lines.items()]


def target(player: str, sent: Sent, channel: str = "", interval: float | None = None) -> str:
    """Where to send a recorded request: the collector's address for it, with its query.

    `channel` goes into the path; `interval` (s) into the query of CMCD events.
    """
    inside = f"/{channel}" if channel else ""
    if player == EPAS:
        return f"/epas{inside}"
    if player == PLAIN:
        return "/v1/reports" + (f"?{sent.query}" if sent.query else "")
    if player == HLS_REQUESTS:
        return f"/cmcd{inside}?{sent.query}"
    return f"/cmcd{inside}" + (f"?interval={interval:g}" if interval else "")


def in_our_words(sent: Sent) -> Sent:
    """A request of the plain page with its JSON in the fields of our own, its transport kept."""
    packed = sent.headers.get("Content-Encoding") == "gzip"
    body = gzip.decompress(sent.body) if packed else sent.body
    if body.startswith(b"["):
        ours = json.dumps([_in_our_words(report) for report in json.loads(body)]).encode()
    else:
        lines = [json.dumps(_in_our_words(json.loads(line))) for line in body.splitlines()]
        ours = "\n".join(lines).encode()
    return replace(sent, body=gzip.compress(ours) if packed else ours)


def _in_our_words(report: Mapping[str, Any]) -> dict[str, Any]:
    ours = {
        "session": report["session_id"],
        "channel": report["content_id"],
        "ts": round(dt.datetime.fromisoformat(report["ts"]).timestamp() * 1000),
        "seq": report["seq"],
        "playhead": report["position"],
    }
    state = _PLAIN_STATES.get(report["type"])
    return ours | {"state": state} if state else ours


def _run(player: str, name: str, lines: Sequence[Mapping[str, Any]]) -> Run:
    marks = [Mark(round(line["t"]), line["action"]) for line in lines if line["kind"] == "mark"]
    return Run(
        player=player,
        name=name,
        requests=[_sent(line) for line in lines if line["kind"] != "mark"],
        marks=marks,
        page_log=list(_page_log(marks)),
        options=_after("begin ", marks).get("opts", {}),
    )


def _sent(line: Mapping[str, Any]) -> Sent:
    raw = line["raw_headers"]
    headers = dict(zip(raw[::2], raw[1::2], strict=True))
    packed = line.get("body_b64")
    return Sent(
        method=line["method"],
        path=line["path"],
        query=line["query"],
        headers={name: value for name, value in headers.items() if name.lower() not in _HOP},
        body=base64.b64decode(packed) if packed else line["body"].encode(),
        received=round(line["t_recv"]),
        status=line["resp_status"],
    )


def _page_log(marks: Sequence[Mark]) -> Iterator[MediaEvent]:
    for line in _after("end ", marks).get("page_log", []):
        said = re.fullmatch(r"(\d{13}) (\w+) ([\d.]+)", line)
        if said:
            yield MediaEvent(int(said[1]), said[2], float(said[3]))


def _after(word: str, marks: Sequence[Mark]) -> dict[str, Any]:
    for mark in marks:
        if mark.action.startswith(word):
            said: dict[str, Any] = json.loads(mark.action.removeprefix(word))
            return said
    return {}


def _shifted(body: bytes, ms: int) -> bytes:
    return _TIME.sub(lambda said: said[1] + b"%d" % (int(said[2]) + ms), body)
