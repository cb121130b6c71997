"""Which pages may read the collector's answers, and for how long a browser remembers that."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

Headers = list[tuple[bytes, bytes]]

ANY: Final = "*"

_PREFLIGHT: Final[Headers] = [
    (b"access-control-allow-methods", b"GET, POST"),
    (
        b"access-control-allow-headers",
        (
            b"Content-Type, Content-Encoding, X-EPAS-Event, X-EPAS-Version, "
            b"CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status"
        ),
    ),
    # A closing tab's last report is lost when it must be preflighted first (seen in 2 of 2).
    (b"access-control-max-age", b"86400"),
]


class Cors:
    """`origins` that are allowed, like `https://tv.example`; `*`: all, but without credentials."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._any = ANY in origins
        self._listed = frozenset(origin.encode() for origin in origins)
        self.headers = lru_cache(1024)(self._headers)

    def _headers(self, origin: bytes) -> Headers:
        """What every answer to this origin carries (b"": a request without one)."""
        if not origin:
            return []
        headers = [(b"vary", b"Origin")]
        if self._any or origin in self._listed:
            headers.append((b"access-control-allow-origin", origin))
        if origin in self._listed:
            headers.append((b"access-control-allow-credentials", b"true"))
        return headers

    def preflight(self, origin: bytes) -> Headers:
        """What the answer to OPTIONS carries beside `headers`."""
        return _PREFLIGHT if self._any or origin in self._listed else []
