"""How a process that takes reports is best set up, beyond what uvicorn and Python do by default."""

import gc
from typing import Any, Final

from ingest.joining import JoiningProtocol

UVICORN: Final[dict[str, Any]] = {
    "access_log": False,
    "http": JoiningProtocol,
    "lifespan": "off",
    # Nothing here asks who the client is: what a proxy says of it need not be read each time.
    "proxy_headers": False,
    # Each header of an answer is searched twice for what it must not hold.
    "server_header": False,
}
"""Settings of `uvicorn.Config`."""

_SELDOM: Final = (50_000, 10, 10)


def collect_seldom() -> None:
    """Look for garbage less often; to be called once all is set up.

    By default every 700 new objects are looked through, which are the requests that wait for the
    log: all alive, and looking took a seventh of the process's time. Cycles still go, later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
