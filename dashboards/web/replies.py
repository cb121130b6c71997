"""JSON as it is sent."""

import msgspec
from starlette.responses import Response


def json(answer: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A struct as a response that nobody keeps."""
    return Response(
        msgspec.json.encode(answer),
        status,
        {"content-type": "application/json", "cache-control": "no-store"} | (headers or {}),
    )
