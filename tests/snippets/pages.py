"""A server of pages that hold one snippet each, as a site with a bundler would run it."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

HERE: Final = Path(__file__).parent
LIBRARIES: Final = HERE / "node_modules"
COLLECTOR: Final = "https://count.example"
MEDIA: Final = "https://media.example"

SPECIFICATION: Final = "@eyevinn/player-analytics-specification/package.json"

# What a bundler finds by itself.
IMPORTS: Final = {
    "hls.js": "/library/hls.js/dist/hls.mjs",
    "dashjs": "/library/dashjs/dist/modern/esm/dash.all.min.js",
    "shaka-player": "/module/shaka.js",
    "@eyevinn/player-analytics-client-sdk-web": (
        "/library/@eyevinn/player-analytics-client-sdk-web/dist/module.js"
    ),
    "@eyevinn/media-event-filter": "/library/@eyevinn/media-event-filter/build/mef.min.js",
    SPECIFICATION: "/module/specification.js",
}
PAGE: Final = """<!doctype html><meta charset="utf-8"><title>snippet</title>
<link rel="icon" href="data:,"><script type="importmap">{imports}</script>
<video muted playsinline></video>
<script type="module" src="/snippets/{snippet}"></script>"""


@dataclass
class Site:
    """Serves every snippet with its two example addresses replaced, and nothing else changed.

    `asked`: the addresses of the media that players asked for.
    """

    collector: str
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """The pages, the snippets, the players' libraries and the media."""
        return Starlette(
            routes=[
                Route("/page/{snippet}", self._page),
                Route("/snippets/{snippet}", self._snippet),
                Route("/module/shaka.js", self._shaka),
                Route("/module/specification.js", self._specification),
                Mount("/library", StaticFiles(directory=LIBRARIES)),
                Mount("/media", self._media),
            ]
        )

    async def _page(self, request: Request) -> Response:
        imports = json.dumps({"imports": IMPORTS})
        return HTMLResponse(PAGE.format(imports=imports, **request.path_params))

    async def _snippet(self, request: Request) -> Response:
        text = (HERE / request.path_params["snippet"]).read_text()
        text = text.replace(COLLECTOR, self.collector).replace(MEDIA, f"{self.url}/media")
        return Response(text, media_type="text/javascript")

    async def _shaka(self, _: Request) -> Response:
        script = (LIBRARIES / "shaka-player/dist/shaka-player.compiled.js").read_text()
        return Response(f"{script}\nexport default window.shaka;", media_type="text/javascript")

    async def _specification(self, _: Request) -> Response:
        package = (LIBRARIES / SPECIFICATION).read_text()
        return Response(f"export default {package};", media_type="text/javascript")

    async def _media(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(f"{scope['path']}?{scope['query_string'].decode()}")
        await StaticFiles(directory=HERE / "media")(scope, receive, send)


@contextlib.contextmanager
def site(collector: str) -> Iterator[Site]:
    """A running site whose players report to `collector`."""
    pages = Site(collector)
    sock = socket.create_server(("127.0.0.1", 0))
    pages.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(pages.app(), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield pages
    finally:
        server.should_exit = True
        thread.join(10)
        sock.close()
        assert not thread.is_alive(), "the server did not stop"
