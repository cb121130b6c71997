"""The addresses of the collector and who speaks what there: a new protocol is a row."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Final
from urllib.parse import parse_qs
from uuid import uuid4

from ingest.answers import outcome
from ingest.cors import Headers
from ingest.drafts import Context, Parsed
from ingest.protocols import cmcd, epas, reports


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`parse` takes the body, what the address says, and the most reports a request may hold.

    `status`, `headers` and `body` are the answer when at least one report is taken; `interval`: the
    seconds between reports where neither they nor the address say.
    """

    protocol: str
    parse: Callable[[bytes, Context, int], Parsed]
    status: int
    body: Callable[[int, Parsed], bytes]
    headers: Headers
    interval: float | None = None


def _epas(body: bytes, context: Context, _most: int) -> Parsed:
    return epas.parse(body, context, lambda: str(uuid4()))


def _nothing(_accepted: int, _parsed: Parsed) -> bytes:
    return b""


REPORTS: Final = "/v1/reports"
EPAS: Final = "/epas"
CMCD: Final = "/cmcd"

ENDPOINTS: Final = {
    ("POST", REPORTS): Endpoint(
        reports.NAME, reports.parse, 202, lambda n, parsed: outcome(n, parsed.refusals), []
    ),
    ("POST", EPAS): Endpoint(epas.NAME, _epas, 200, lambda _, parsed: parsed.answer, []),
    ("POST", CMCD): Endpoint(cmcd.EVENTS, cmcd.parse, 204, _nothing, []),
    ("GET", CMCD): Endpoint(
        cmcd.REQUESTS,
        cmcd.parse,
        204,
        _nothing,
        [(b"cache-control", b"no-store")],  # an answer out of a cache is a report lost
        cmcd.REQUEST_INTERVAL,
    ),
}


def split(path: str) -> tuple[str, str]:
    """The endpoint and the channel of a path like `/epas/my-channel`; ("", "") when neither."""
    if path == REPORTS:
        return REPORTS, ""
    for base in (EPAS, CMCD):
        if path == base or path.startswith(base + "/"):
            return base, path[len(base) :].strip("/")
    return "", ""


def allowed(base: str) -> bytes:
    """The methods of an endpoint, as the Allow header wants them."""
    methods = [method for method, path in ENDPOINTS if path == base]
    return ", ".join([*methods, "OPTIONS"]).encode()


def context_of(
    endpoint: Endpoint, channel: str, query: bytes, default_channel: str, longest: int
) -> Context:
    """What an address says: the path's channel; `?channel=`, `?interval=` (s) and `?viewer=`."""
    if not query:
        return Context(channel, default_channel, endpoint.interval, longest)
    try:
        said = parse_qs(query.decode("latin-1"), max_num_fields=100)
    except ValueError:
        said = {}
    interval = said.get("interval")
    return Context(
        channel,
        said.get("channel", [default_channel])[0],
        _seconds(interval[0]) if interval else endpoint.interval,
        longest,
        said.get("viewer", [""])[0],
    )


def named_by(channel: str, query: bytes) -> str:
    """The channel that an address names, in its path or as `?channel=`; empty: none."""
    return channel or parse_qs(query.decode("latin-1")[:2_048]).get("channel", [""])[0]


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return nan  # which no report is taken with, so that a mistyped address shows
