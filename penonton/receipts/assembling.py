"""A receipt, put together from what storage has of a day."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from zoneinfo import ZoneInfo

from audience.days import Day
from audience.rules import ANYTHING, DEFINITION, Rules, of_kind
from audience.snapshot import EndReason
from dashboards.web.numbers import Change, DayFigures, Receipt
from sinks import definition
from sinks.receipts import What
from sinks.store import Store

Times = Mapping[tuple[What, str, str], int]
"""How often something happened, by what, reason and channel."""

Within = Callable[[str], bool]
"""Whether a channel is one of those asked for."""


@dataclass(frozen=True, slots=True)
class Receipts:
    """Puts receipts together. Raises Retry and Stop as the store does.

    `retention`: months that reports are kept; `clock` answers ms since the epoch.
    """

    store: Store
    rules: Rules
    retention: int
    clock: Callable[[], int]

    def receipt(
        self, date: dt.date, zone: ZoneInfo, channel: str, current: DayFigures | None = None
    ) -> Receipt | None:
        """Of the figures that stand, or of the `current` ones; None: there are none."""
        day = Day(date, zone, self.rules.day_starts)
        stood = self.store.days(zone.key, date, date)
        stored = next((each for each in stood if each.channel == channel), None)
        figures = current
        if figures is None and stored is not None:
            figures = DayFigures(channel, stored.figures, stored.status)
        if figures is None:
            return None
        receipts = self.store.receipts
        heard, erased = receipts.heard(day), receipts.erasures(day).get(channel)
        times = None if heard is None else receipts.happened(day)
        within = self._within(channel)
        reports = self._reports(day, within)
        return Receipt(
            day=day,
            figures=figures,
            definition=DEFINITION if current or stored is None else stored.definition,
            heard=heard,
            reports=reports,
            late=_times(times, "late", within),
            replayed=_times(times, "replayed", within),
            refused=_times(times, "refused", within),
            refused_elsewhere=_times(times, "refused", lambda where: not where),
            ends=None if times is None else _ends(times, within),
            query=definition.text(day, self.rules, channel) if reports and not erased else None,
            changes=[Change(*astuple(each)) for each in receipts.restatements(day, channel)],
            erased=erased,
        )

    def _within(self, channel: str) -> Within:
        """Which channels are counted under a name: itself, those of a kind, or all."""
        kinds = self.rules.kinds
        if channel == ANYTHING:
            return lambda _: True
        return lambda where: (
            channel == where or (where in kinds and channel == of_kind(kinds[where]))
        )

    def _reports(self, day: Day, within: Within) -> int | None:
        """How many there are; None: they, or some of them, have expired."""
        today = dt.datetime.fromtimestamp(self.clock() / 1000, dt.UTC).date()
        if months_between(day.date, today) > self.retention:
            return None
        used = self.store.receipts.used(day)
        return sum(reports for channel, reports in used.items() if within(channel)) or None


def months_between(earlier: dt.date, later: dt.date) -> int:
    """How many months have begun between two dates."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months + (later.day > earlier.day)


def _ends(times: Times, within: Within) -> dict[EndReason, int]:
    reasons: tuple[EndReason, EndReason] = ("reported", "timeout")
    return {reason: _times(times, "end", within, reason) or 0 for reason in reasons}


def _times(times: Times | None, what: What, within: Within, reason: str = "") -> int | None:
    if times is None:
        return None
    return sum(
        count
        for (happened, why, where), count in times.items()
        if happened == what and within(where) and reason in ("", why)
    )
