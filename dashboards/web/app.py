"""The web app: the live page and the HTTP API over it."""

from collections.abc import Callable
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from audience.days import Day
from dashboards.report.page import POLICY, page
from dashboards.web import assets, composing, questions, streaming
from dashboards.web.answers import Error, Health, Ready, Streamed
from dashboards.web.calendar import Calendar, NoCalendar
from dashboards.web.explaining import Explaining
from dashboards.web.headers import SecurityHeaders
from dashboards.web.hooks import Hooks
from dashboards.web.numbers import AskAgain, Numbers
from dashboards.web.openapi import description
from dashboards.web.policy import Policy
from dashboards.web.programmes import Programmes
from dashboards.web.replies import json as _json

_NOTHING_YET: Final = "nothing has been counted yet"
_SENTENCES: Final = {
    "Not Found": "there is nothing at this address; /openapi.json lists what there is",
    "Method Not Allowed": "this address only answers GET",
}


def pages(
    numbers: Numbers,
    clock: Callable[[], int],
    policy: Policy,
    closing: Callable[[], bool] = lambda: False,
    calendar: Calendar | None = None,
) -> Starlette:
    """The app. `clock` answers ms since the epoch; streams end once `closing` is true.

    A server that waits for its connections to end, as uvicorn does, says so through `closing`.
    """
    api = _Api(numbers, clock, policy, closing)
    return Starlette(
        routes=[
            *assets.files(),
            Route("/openapi.json", assets.fixed(description(), "application/json")),
            Route("/healthz", api.healthz),
            Route("/readyz", api.readyz),
            Route("/api/v1/live", api.live),
            Route("/api/v1/levels", api.levels),
            Route("/api/v1/hour", api.hour),
            Route("/api/v1/days/{day}", api.days),
            Route("/api/v1/stream", api.stream),
            *Hooks(numbers, clock, policy).routes(),
            *Explaining(numbers, clock, policy).routes(),
            *Programmes(calendar or NoCalendar(), clock).routes(),
            Route("/report", api.report),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            # The numbers are public and no cookie is read: any site may show them.
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET"]),
        ],
        exception_handlers={HTTPException: _refused, AskAgain: _not_now, Exception: _failed},
    )


class _Api:
    def __init__(
        self,
        numbers: Numbers,
        clock: Callable[[], int],
        policy: Policy,
        closing: Callable[[], bool],
    ) -> None:
        self._numbers = numbers
        self._clock = clock
        self._policy = policy
        self._closing = closing
        self._seats = streaming.Seats(policy.max_streams)

    async def live(self, _request: Request) -> Response:
        snapshot = self._numbers.live()
        if snapshot is None:
            raise AskAgain(_NOTHING_YET)
        return _json(composing.live(snapshot))

    async def levels(self, request: Request) -> Response:
        channel = questions.channel(request.query_params)
        first, end = questions.stretch(request.query_params, self._policy)
        known = await self._numbers.levels(channel, first, end)
        # A day has 86,400 rows: composed on the event loop, they would hold up everybody's stream.
        return await run_in_threadpool(lambda: _json(composing.levels(channel, known)))

    async def hour(self, request: Request) -> Response:
        channel = questions.channel(request.query_params)
        return _json(composing.hour(channel, await self._numbers.last_hour(channel)))

    async def days(self, request: Request) -> Response:
        date = questions.date(request.path_params["day"])
        zone = questions.zone(request.query_params, self._policy)
        known = await self._numbers.day(date, zone)
        if not known:
            raise HTTPException(404, f"no figures are kept of {date} in {zone.key}")
        return _json(composing.days(Day(date, zone, self._policy.day_starts), known))

    async def report(self, request: Request) -> Response:
        zone = questions.zone(request.query_params, self._policy)
        starts = self._policy.day_starts
        today = Day.of(self._clock() // 1000, zone, starts).date
        period = questions.period(request.query_params, today)
        language = questions.language(request.query_params)
        known = await self._numbers.report(period, zone, starts)
        if known is None:
            raise HTTPException(404, "no figures are stored here")
        headers = {"content-security-policy": POLICY, "cache-control": "no-store"}
        text = await run_in_threadpool(page, known, language, served=True)
        return HTMLResponse(text, headers=headers)

    async def stream(self, request: Request) -> Response:
        if not self._seats.free:
            message = f"all {self._seats.limit} streams are taken; poll /api/v1/live instead"
            raise AskAgain(message, seconds=10)
        if request.method == "HEAD":
            return Response(headers=streaming.HEADERS)
        return streaming.EventStream(
            streaming.events(self._look, self._policy.pulse, self._closing), self._seats
        )

    def _look(self) -> Streamed | Ready:
        snapshot = self._numbers.live()
        if snapshot is None:
            return self._ready()
        return composing.streamed(snapshot, self._clock(), self._policy)

    def _ready(self) -> Ready:
        waiting_for = list(self._numbers.readiness().waiting_for)
        return Ready(ready=not waiting_for, waiting_for=waiting_for)

    async def healthz(self, _request: Request) -> Response:
        return _json(Health("ok"))

    async def readyz(self, _request: Request) -> Response:
        ready = self._ready()
        return _json(ready, 200 if ready.ready else 503)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = _SENTENCES.get(error.detail, error.detail)
    return _json(Error(sentence), error.status_code, dict(error.headers or {}))


async def _not_now(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AskAgain)
    return _json(Error(str(error)), 503, {"retry-after": str(error.seconds)})


async def _failed(_request: Request, _error: Exception) -> Response:
    # Starlette raises the error again for the server's log; nothing of it leaves the house.
    return _json(Error("this failed on the server's side; its log says how"), 500)
