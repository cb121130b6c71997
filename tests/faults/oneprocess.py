"""What `penonton serve` says of the past."""

import datetime as dt
import time

from tests.faults.players import CHANNELS
from tests.serve.running import Serving

SETTLED = 20  # s after which a second is final by QUICK


def final_levels(server: Serving, first: int, end: int) -> dict[tuple[str, int], tuple[int, int]]:
    """Of the seconds [first, end), once the last of them is final; seconds of nobody left out."""
    server.until("all is final", "/api/v1/live", lambda live: live["at"] >= instant(end + SETTLED))
    found = {}
    for channel in ("*", *CHANNELS):
        path = f"/api/v1/levels?channel={channel}&from={instant(first)}&to={instant(end)}"
        for level in server.get(path)["levels"]:
            assert level["final"]
            at = int(dt.datetime.fromisoformat(level["at"]).timestamp())
            found[channel, at] = (level["viewers"], level["sessions"])
    return found


def instant(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
