"""At which hour the days begin that are kept: one for all that is in a storage."""

from typing import Final

from penonton.settings import Settings
from sinks.engine import Stop
from sinks.store import Store

KEPT: Final = "day_starts"
"""Progress: the hour at which the days that are stored begin; not there: 0."""


def keep_day_starts(store: Store, settings: Settings) -> None:
    """Sees that days go on as those before; remembers the hour before anything is counted.

    Raises Stop where it is another one.
    """
    if message := other_day_starts(store, settings):
        raise Stop(message)
    if (store.progress(KEPT) or 0) != settings.day_starts:
        store.put_progress(KEPT, settings.day_starts)


def other_day_starts(store: Store, settings: Settings) -> str:
    """What is to be done where days begin at another hour than those stored; else nothing.

    Figures of both would stand under the same day.
    """
    kept = store.progress(KEPT) or 0
    if kept == settings.day_starts or not store.has_counted():
        return ""
    return (
        f"PENONTON_DAY_STARTS is {settings.day_starts}, but the days that are stored start at "
        f"{kept}: set it back to {kept}, or keep the other days in a storage of their own "
        "(docs/settings.md, When a day begins)"
    )
