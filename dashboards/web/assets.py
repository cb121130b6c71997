"""Answers that stay the same while the process runs: the page's files, the API's description."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def files() -> list[Route]:
    """A route for each of the page's files, and `/` for page.html."""
    return [
        Route(
            "/" if path.name == "page.html" else f"/{path.name}",
            fixed(path.read_bytes(), _TYPES[path.suffix]),
        )
        for path in sorted(_FOLDER.iterdir())
        if path.suffix in _TYPES
    ]


def fixed(content: bytes, content_type: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that sends `content` to whoever does not have it yet."""
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "no-cache"}

    async def send(request: Request) -> Response:
        known = request.headers.get("if-none-match", "")
        if tag in (part.strip().removeprefix("W/") for part in known.split(",")):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers | {"content-type": content_type})

    return send
