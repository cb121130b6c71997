"""How a figure came about: asked as JSON, and as a page to be read."""

import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboards.web import questions, receipts, replies
from dashboards.web.numbers import AskAgain, Numbers, Receipt
from dashboards.web.policy import Policy
from dashboards.web.words import Words

TEMPLATES: Final = Path(__file__).parent / "templates"
TROUBLE: Final = {
    400: "This question cannot be understood",
    404: "Not known",
    503: "Not now",
}


class Explaining:
    """Answers with receipts; `clock` gives ms since the epoch."""

    def __init__(self, numbers: Numbers, clock: Callable[[], int], policy: Policy) -> None:
        self._numbers = numbers
        self._clock = clock
        self._policy = policy

    def routes(self) -> list[Route]:
        """Where they are asked."""
        return [
            Route("/api/v1/days/{day}/receipt", self.receipt),
            Route("/receipt/{day}", self.page),
        ]

    async def receipt(self, request: Request) -> Response:
        """A receipt as JSON."""
        return replies.json(receipts.answer(await self._asked(request)))

    async def page(self, request: Request) -> Response:
        """A receipt as a page, and trouble as one too."""
        try:
            words = Words(await self._asked(request), self._clock() // 1000)
        except HTTPException as error:
            return _trouble(error.status_code, error.detail)
        except AskAgain as error:
            return _trouble(503, str(error), error.seconds)
        return _sent(await run_in_threadpool(page, words))

    async def _asked(self, request: Request) -> Receipt:
        date = questions.date(request.path_params["day"])
        zone = questions.zone(request.query_params, self._policy)
        channel = questions.channel(request.query_params)
        known = await self._numbers.receipt(date, zone, channel)
        if known is None:
            raise HTTPException(404, f"no figures are kept of {channel} on {date} in {zone.key}")
        return known


def page(words: Words) -> str:
    """The page, whose links are seen from /receipt/."""
    day, channel = words.day, words.receipt.figures.channel
    asked = urlencode({"zone": day.zone.key, "channel": channel}, safe="*")
    command = ("penonton", "explain", day.date.isoformat(), channel, "--zone", day.zone.key)
    return (
        _environment()
        .get_template("receipt.html")
        .render(
            words=words,
            json=f"../api/v1/days/{day.date}/receipt?{asked}",
            command=shlex.join(command),
        )
    )


def _trouble(status: int, sentence: str, seconds: int | None = None) -> Response:
    written = _environment().get_template("trouble.html")
    text = written.render(title=TROUBLE[status], sentence=sentence, seconds=seconds)
    return _sent(text, status, {} if seconds is None else {"retry-after": str(seconds)})


def _sent(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(text, status, {"cache-control": "no-store"} | (headers or {}))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
