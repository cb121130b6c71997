"""The collector: an ASGI app that takes reports, and answers 2xx only when they are durable."""

import logging
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, Final

import msgspec

from audience.reports import Report
from audience.rules import Rules
from ingest.answers import Send, Short, answer, outcome, refused_with, written
from ingest.channels import Channels
from ingest.completing import completed
from ingest.cors import Cors, Headers
from ingest.counts import Counts
from ingest.drafts import Origin, Parsed, Refusal
from ingest.endpoints import ENDPOINTS, REPORTS, Endpoint, allowed, context_of, named_by, split
from ingest.guards import Gone, Message, Receive, body_of, inflated
from ingest.identity import Identity
from ingest.log.appending import ReportLog, Retry, stored
from ingest.log.saw import Saw
from ingest.platforms import platform_of_agent
from ingest.protocols.cmcd import on_request
from ingest.quarantine import BODY_LIMIT, Quarantine, Quarantined
from ingest.reasons import Reason, Reject
from ingest.usual import Usual

Scope = MutableMapping[str, Any]

_LOGGER: Final = logging.getLogger(__name__)

_PATH_LIMIT: Final = 2_048  # characters of an address that the quarantine keeps


@dataclass(frozen=True, slots=True)
class Policy:
    """What is taken; of one request, `max_body` bytes (sent and inflated) and `max_reports`."""

    rules: Rules
    identity: Identity
    default_channel: str = ""
    max_channels: int = 1_000
    allowed_origins: tuple[str, ...] = ("*",)
    max_body: int = 1_048_576
    max_reports: int = 5_000


class Request(msgspec.Struct, frozen=True):
    """What the collector reads of a request before its body."""

    endpoint: Endpoint
    channel: str
    scope: Scope
    origin: bytes
    encoding: bytes
    platform: str


class Collector:
    """Takes reports over HTTP into `log`; `clock` tells ms since the epoch.

    An answer 2xx means that `log` has said the reports are durable. `counts` are kept up to date.
    `take_usual` is a short way for nearly all requests.
    """

    def __init__(
        self,
        policy: Policy,
        log: ReportLog,
        quarantine: Quarantine,
        clock: Callable[[], int],
        counts: Counts,
    ) -> None:
        self._policy = policy
        self._log = log
        self._quarantine = quarantine
        self._clock = clock
        self._counts = counts
        self._cors = Cors(policy.allowed_origins)
        known = [policy.default_channel] if policy.default_channel else []
        self._channels = Channels(policy.max_channels, known)
        self._usual = Usual(policy.rules, policy.identity, self._channels)
        self._one_taken = lru_cache(1_024)(self._one_taken_of)
        self._received = 0

    def handles(self, path: str) -> bool:
        """Whether this app answers requests for `path`."""
        return split(path)[0] != ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        base, channel = split(scope["path"])
        endpoint = ENDPOINTS.get((scope["method"], base))
        said = dict(scope["headers"])
        origin = said.get(b"origin", b"")
        if endpoint is None:
            await self._answer_otherwise(base, scope, send, origin)
            return
        platform = platform_of_agent(said.get(b"user-agent", b""))
        encoding = said.get(b"content-encoding", b"").strip().lower()
        request = Request(endpoint, channel, scope, origin, encoding, platform)
        try:
            status, headers, body = await self._take(request, await receive(), receive)
        except Gone:
            return
        except Retry as retry:
            status, headers, body = HTTPStatus.SERVICE_UNAVAILABLE, _later(retry), b""
        await answer(send, status, self._cors.headers(origin) + headers, body)

    def take_usual(self, scope: Scope, body: bytearray, answer: Short) -> bool:
        """Take a POST with this whole body, and answer later; False: not taken, it is not usual.

        Says and stores what calling the app would.
        """
        policy = self._policy
        if scope["path"] != REPORTS or scope["query_string"] or len(body) > policy.max_body:
            return False
        said = dict(scope["headers"])
        if b"content-encoding" in said:
            return False
        platform = platform_of_agent(said.get(b"user-agent", b""))
        report = self._usual.read(body, self._stamp(), platform)
        if report is None:
            return False
        origin = said.get(b"origin", b"")
        try:
            self._log.append((report,), partial(self._answer_usual, report, origin, answer))
        except Retry:
            return False
        return True

    def _answer_usual(
        self, report: Report, origin: bytes, answer: Short, error: BaseException | None
    ) -> None:
        if error is None:
            self._counts.accepted[report.channel, report.platform, report.protocol] += 1
            answer(HTTPStatus.ACCEPTED, self._one_taken(origin))
            return
        headers = self._cors.headers(origin)
        if isinstance(error, Retry):
            status = HTTPStatus.SERVICE_UNAVAILABLE
            answer(status, written(status, headers + _later(error)))
        else:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            _LOGGER.error("A report could not be stored", exc_info=error)
            answer(status, written(status, headers))

    def _one_taken_of(self, origin: bytes) -> bytes:
        return written(HTTPStatus.ACCEPTED, self._cors.headers(origin), outcome(1, ()))

    async def _answer_otherwise(self, base: str, scope: Scope, send: Send, origin: bytes) -> None:
        headers = self._cors.headers(origin)
        if not base:
            await answer(send, HTTPStatus.NOT_FOUND, headers)
        elif scope["method"] == "OPTIONS":
            await answer(send, HTTPStatus.NO_CONTENT, headers + self._cors.preflight(origin))
        else:
            headers = [*headers, (b"allow", allowed(base))]
            await answer(send, HTTPStatus.METHOD_NOT_ALLOWED, headers)

    async def _take(
        self, request: Request, first: Message, receive: Receive
    ) -> tuple[int, Headers, bytes]:
        policy, scope, raw = self._policy, request.scope, b""
        try:
            if scope["method"] == "GET":
                raw = on_request(scope["query_string"], scope["headers"])
            else:
                raw = await body_of(first, receive, policy.max_body)
            parsed = self._parsed(request, raw)
        except Reject as reject:
            parsed = Parsed([], [Refusal(0, reject.reason, raw)])
        # From here to the log there is no await: `received` is in the order of the log.
        origin = Origin(self._stamp(), request.endpoint.protocol, request.platform)
        reports = completed(parsed.drafts, origin, policy.rules, policy.identity)
        if reports:
            await stored(self._log, reports)
            self._count(reports)
        if parsed.refusals:
            self._refuse(parsed.refusals, origin, request)
        if reports:
            endpoint = request.endpoint
            return endpoint.status, endpoint.headers, endpoint.body(len(reports), parsed)
        status, headers = refused_with(parsed.refusals)
        return status, headers, outcome(0, parsed.refusals)

    def _parsed(self, request: Request, raw: bytes) -> Parsed:
        endpoint, policy = request.endpoint, self._policy
        query: bytes = request.scope["query_string"]
        context = context_of(
            endpoint, request.channel, query, policy.default_channel, policy.rules.max_interval
        )
        body = inflated(raw, request.encoding, policy.max_body)
        return self._admitted(endpoint.parse(body, context, policy.max_reports))

    def _admitted(self, parsed: Parsed) -> Parsed:
        admit = self._channels.admit
        if all(admit(draft.channel or "") for draft in parsed.drafts):
            return parsed
        admitted = [admit(draft.channel or "") for draft in parsed.drafts]
        refused = {refusal.index for refusal in parsed.refusals}
        total = len(parsed.drafts) + len(refused)
        places = [index for index in range(total) if index not in refused]
        new = [
            Refusal(index, Reason.TOO_MANY_CHANNELS, msgspec.json.encode(draft))
            for index, draft, taken in zip(places, parsed.drafts, admitted, strict=True)
            if not taken
        ]
        return Parsed(
            [draft for draft, taken in zip(parsed.drafts, admitted, strict=True) if taken],
            sorted([*parsed.refusals, *new], key=lambda refusal: refusal.index),
            parsed.answer,
        )

    def _stamp(self) -> int:
        # A clock that is set back must not make `received` run backwards: finality rests on it.
        self._received = max(self._received, self._clock())
        return self._received

    def _count(self, reports: Sequence[Report]) -> None:
        accepted = self._counts.accepted
        for report in reports:
            accepted[report.channel, report.platform, report.protocol] += 1

    def _refuse(self, refusals: Sequence[Refusal], origin: Origin, request: Request) -> None:
        scope = request.scope
        path = f"{scope['path']}?{scope['query_string'].decode('latin-1')}".removesuffix("?")
        for refusal in refusals:
            self._counts.refused[origin.platform, origin.protocol, refusal.reason] += 1
            named = refusal.channel or named_by(request.channel, scope["query_string"])
            # Anyone can make names up: of channels that are not there, none is kept.
            channel = named if named in self._channels else ""
            second = origin.received // 1000
            self._counts.tally.add(Saw("refused", refusal.reason, channel, second, second))
        self._quarantine.add(
            [
                Quarantined(
                    received=origin.received,
                    protocol=origin.protocol,
                    platform=origin.platform,
                    reason=refusal.reason,
                    message=refusal.reason.sentence,
                    path=path[:_PATH_LIMIT],
                    body=refusal.raw[:BODY_LIMIT],
                    cut=len(refusal.raw) > BODY_LIMIT,
                )
                for refusal in refusals
            ]
        )


def _later(retry: Retry) -> Headers:
    return [(b"retry-after", b"%d" % retry.seconds)]
