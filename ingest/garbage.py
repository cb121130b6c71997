"""How often Python looks for garbage in a process that answers many requests at a time."""

import gc
from typing import Final

_SELDOM: Final = (50_000, 10, 10)


def collect_seldom() -> None:
    """Call once all is set up.

    By default every 700 new objects are looked through, which are the requests that wait for the
    log: all alive, and looking took a seventh of the process's time. Cycles still go, later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
