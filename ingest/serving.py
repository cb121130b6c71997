"""How a process that takes reports is best set up, beyond what uvicorn and Python do by default."""

import gc
from functools import partial
from typing import Any, Final

from ingest.joining import JoiningProtocol
from ingest.shortcut import ShortcutProtocol, Take

_SELDOM: Final = (50_000, 10, 10)


def uvicorn_settings(take: Take | None = None) -> dict[str, Any]:
    """Settings of `uvicorn.Config`; `take`: who is offered each POST before the app."""
    return {
        "access_log": False,
        "http": partial(ShortcutProtocol, take) if take else JoiningProtocol,
        "lifespan": "off",
        # Nothing here asks who the client is: what a proxy says of it need not be read each time.
        "proxy_headers": False,
        # Each header of an answer is searched twice for what it must not hold.
        "server_header": False,
    }


def collect_seldom() -> None:
    """Look for garbage less often; to be called once all is set up.

    By default every 700 new objects are looked through, which are the requests that wait for the
    log: all alive, and looking took a seventh of the process's time. Cycles still go, later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
