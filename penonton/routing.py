"""Which app answers which path."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.answers import answer
from ingest.collector import Collector
from sinks.prometheus import CONTENT_TYPE

METRICS = "/metrics"


def routed(collector: Collector, metrics: ASGIApp | None, pages: ASGIApp) -> ASGIApp:
    """The collector's paths first, for speed; `metrics` None: they have a port of their own."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and collector.handles(scope["path"]):
            await collector(scope, receive, send)
        elif metrics and scope["path"] == METRICS:
            await metrics(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return app


def exposed(exposition: Callable[[], bytes]) -> ASGIApp:
    """An app that answers GET /metrics, and 404 to all else."""

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        if scope["path"] == METRICS and scope["method"] in ("GET", "HEAD"):
            headers = [(b"content-type", CONTENT_TYPE.encode())]
            await answer(send, 200, headers, exposition())
        else:
            await answer(send, 404, [])

    return app
