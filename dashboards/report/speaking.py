"""Numbers, days and times as a language writes them."""

import datetime as dt
import math
from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from audience.rules import ANYTHING
from dashboards.report.periods import Period
from dashboards.report.phrases import Language, phrase

LEAST: Final = 0.01


class Speaking:
    """Writes what a report holds in a language; times in `zone`."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self.language = language
        self._locale = Locale(language.value)
        self._zone = zone

    def say(self, key: str, **values: object) -> str:
        """The words of `key`."""
        return phrase(self.language, key, **values)

    def number(self, value: float | None) -> str:
        """With one decimal where it is not whole, two below 1; not known where it is None."""
        if value is None:
            return self.say("unknown")
        if 0 < value < 1:  # little is not nothing
            least = "< " if value < LEAST else ""
            return least + format_decimal(max(round(value, 2), LEAST), "0.##", self._locale)
        return format_decimal(round(value, 1), "#,##0.#", self._locale)

    def percent(self, share: float | None) -> str:
        """A change with its sign; empty where it cannot be said."""
        if share is None:
            return ""
        return format_percent(share, "+#,##0.0%;-#,##0.0%", self._locale)

    def share(self, share: float) -> str:
        """A part of the whole in percent, rounded down: less than all is never 100 %."""
        return format_percent(math.floor(share * 1000) / 1000, "0.0%", self._locale)

    def day(self, day: dt.date) -> str:
        """Like 14 November 2026."""
        return format_date(day, "d MMMM y", self._locale)

    def short_day(self, day: dt.date) -> str:
        """Like Sat, 14 Nov."""
        return format_date(day, "EEE, d MMM", self._locale)

    def tick(self, day: dt.date) -> str:
        """Like 14 Nov."""
        return format_date(day, "d MMM", self._locale)

    def time(self, second: int) -> str:
        """The instant `second` (s since the epoch), like 14 November 2026, 20.15.07 WIB."""
        instant = dt.datetime.fromtimestamp(second, self._zone)
        pattern = "d MMMM y, HH.mm.ss" if self.language is Language.id else "d MMMM y, HH:mm:ss"
        return f"{format_datetime(instant, pattern, locale=self._locale)} {instant.tzname()}"

    def clock(self, second: int) -> str:
        """Its time of day, like 20.15.07."""
        instant = dt.datetime.fromtimestamp(second, self._zone)
        pattern = "HH.mm.ss" if self.language is Language.id else "HH:mm:ss"
        return format_datetime(instant, pattern, locale=self._locale)

    def hour(self, hour: int) -> str:
        """A full hour of the clock, like 06.00."""
        return f"{hour:02}.00" if self.language is Language.id else f"{hour:02}:00"

    def period(self, period: Period) -> str:
        """A month by its name, else the first and the last day."""
        if period.month:
            return format_date(period.first, "MMMM y", self._locale)
        if period.first == period.last:
            return self.day(period.first)
        return f"{self.day(period.first)} - {self.day(period.last)}"

    def periods(self, periods: Iterable[Period]) -> str:
        """Several, one after the other."""
        return "; ".join(self.period(each) for each in periods)

    def channel(self, channel: str) -> str:
        """The name of a channel, of a kind of channels, or of them all."""
        if channel == ANYTHING:
            return self.say("any")
        if channel.startswith(ANYTHING):
            return self.say("kind", kind=channel.removeprefix(ANYTHING))
        return channel
