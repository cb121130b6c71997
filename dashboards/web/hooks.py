"""Numbers for other people's pages: a badge, a counter to embed, and what both are made from."""

from collections.abc import Callable
from html import escape
from importlib import resources
from string import Template
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.web import questions, replies
from dashboards.web.numbers import Numbers
from dashboards.web.policy import Policy
from dashboards.web.shown import Shown, shown

CACHED: Final = "public, max-age=5"
FRAMED: Final = {
    # The one page that others may frame; it can do nothing but ask for its number.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *",
    "cache-control": "public, max-age=300",
    "content-type": "text/html; charset=utf-8",
}
BADGE: Final = {
    "cache-control": CACHED,
    "content-type": "image/svg+xml",
    "cross-origin-resource-policy": "cross-origin",
}
WIDTH: Final = 6.6  # px of an average character of the badge's type
EDGE: Final = 8  # px beside a text


class Hooks:
    """Answers what is embedded elsewhere; `clock` gives ms since the epoch."""

    def __init__(self, numbers: Numbers, clock: Callable[[], int], policy: Policy) -> None:
        self._numbers = numbers
        self._clock = clock
        self._policy = policy
        self._zone = ZoneInfo(policy.zone)

    def routes(self) -> list[Route]:
        """Where they are asked."""
        return [
            Route("/api/v1/shown/{channel}", self.shown),
            Route("/badge/{channel}.svg", self.badge),
            Route("/embed/{channel}", self.embed),
        ]

    async def shown(self, request: Request) -> Response:
        """The number as JSON, for any page."""
        return replies.json(await self._shown(request), headers={"cache-control": CACHED})

    async def badge(self, request: Request) -> Response:
        """The number as a picture."""
        return Response(badge(await self._shown(request)), headers=BADGE)

    async def embed(self, request: Request) -> Response:
        """A page for a frame, whose script asks for the number."""
        name = escape(questions.channel(request.path_params))
        return Response(_template("embed.html").substitute(channel=name), headers=FRAMED)

    async def _shown(self, request: Request) -> Shown:
        channel = questions.channel(request.path_params)
        return await shown(self._numbers, channel, self._policy.shown, self._zone, self._clock())


def badge(said: Shown) -> str:
    """A picture of two parts: what the number is, and the number."""
    left, right = said.label, said.number
    sizes = [round(len(text) * WIDTH) + 2 * EDGE for text in (left, right)]
    return _template("badge.svg").substitute(
        left=escape(left),
        right=escape(right),
        detail=escape(f"{said.channel}: {said.number} {said.label}; {said.detail}"),
        width=sum(sizes),
        split=sizes[0],
        rest=sizes[1],
        middle_left=sizes[0] / 2,
        middle_right=sizes[0] + sizes[1] / 2,
        colour="#0b6b6b" if said.at else "#6b6f73",
    )


def _template(name: str) -> Template:
    return Template(resources.files("dashboards.web").joinpath("templates", name).read_text())
