"""forget: in an order in which a crash leaves a day marked rather than silently too low."""

import contextlib
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.rules import ANYTHING, Rules, of_kind
from penonton.forgetting.files import (
    LOGS,
    alone,
    erase_from_handed,
    erase_from_log,
    erase_from_quarantine,
    inside,
    rewind_spool,
)
from penonton.forgetting.traces import names
from penonton.id_key import identity
from penonton.policy import quarantine_of
from penonton.settings import Settings
from penonton.storage import exists, owned
from sinks.forgetting import Moment, told
from sinks.migrate import migrate
from sinks.store import Store
from streams.store import REPORTS

PATIENCE: Final = 600.0  # s for each table to let go of what was replaced

Marked = tuple[str, dt.date, str]
"""Zone, day and channel."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was found, by where; `days`: marked as those that cannot be computed again."""

    found: dict[str, int]
    days: list[Marked]


def forget(settings: Settings, viewer: str, raw: str | None, now: int) -> Forgotten:
    """Erase a viewer (32 hex digits; `raw`: the id itself, if known); `now` in ms.

    Raises OSError, and Stop or Retry as the log and the storage do: what was not erased by then is
    when it is done again.
    """
    who = bytes.fromhex(viewer)
    with contextlib.ExitStack() as stack:
        stack.enter_context(alone(settings.data))
        store: Store | None = None
        days: list[Marked] = []
        found: dict[str, int] = {}
        if exists(settings):
            engine = stack.enter_context(contextlib.closing(owned(settings)))
            migrate(engine)
            store = Store(engine)
            forgetting = stack.enter_context(told(engine, who))
            days = marked(
                forgetting.moments(), forgetting.days(), _zones(settings, store), settings.rules
            )
            store.receipts.put_erasures(days, now)
        found |= _from_files(settings, store, who, viewer, raw)
        if store is not None:
            found["rows in storage"] = forgetting.rows()
            if found["rows in storage"]:
                forgetting.erase(PATIENCE)
    return Forgotten(found, days)


def marked(
    moments: Iterable[Moment], counted: Iterable[Marked], zones: Iterable[ZoneInfo], rules: Rules
) -> list[Marked]:
    """The days in which reports of these moments can be watched, and those that counted them."""
    days = set(counted)
    for zone in zones:
        for each in moments:
            for at in (each.first, each.last, each.last + rules.max_bridge):
                day = Day.of(at // 1000, zone, rules.day_starts)
                days.add((zone.key, day.date, each.channel))
    kinds = {
        (zone, day, of_kind(rules.kinds[channel]))
        for zone, day, channel in days
        if channel in rules.kinds
    }
    return sorted(days | kinds | {(zone, day, ANYTHING) for zone, day, _ in days})


def _zones(settings: Settings, store: Store) -> list[ZoneInfo]:
    names = {*settings.zones, "UTC", *store.zones()}
    return [ZoneInfo(name) for name in sorted(names)]


def _from_files(
    settings: Settings, store: Store | None, who: bytes, viewer: str, raw: str | None
) -> dict[str, int]:
    data, identify = settings.data, identity(settings)

    def rewind(base: int, following: int | None) -> None:
        stored = store.progress(REPORTS) if store else None
        if store and stored is not None and inside(stored, base, following):
            store.put_progress(REPORTS, base)

    rewinds = {"log": rewind, "spool": rewind_spool(data / "spool")}
    found = {
        f"reports in the {name}": erase_from_log(data / name, who, rewinds[name])
        for name in LOGS
        if (data / name).is_dir()
    }
    found["reports handed in"] = erase_from_handed(data / "handed", viewer)
    found["refused reports"] = erase_from_quarantine(
        quarantine_of(settings, make=False), lambda entry: names(entry, identify, viewer, raw)
    )
    return found
