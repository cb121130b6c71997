"""What a receipt says, in words that stand alone: each thing with what it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audience.rules import ANYTHING
from dashboards.report.phrases import Language
from dashboards.report.speaking import Speaking
from dashboards.web.instants import written
from dashboards.web.numbers import Receipt, Status
from dashboards.web.origins import Origin, Said

STATUSES: Final[dict[Status, str]] = {
    "provisional": "These figures may still change: reports are still expected.",
    "final": "These figures do not change by themselves.",
    "restated": "A backfill computed this day again; what it changed is listed below.",
}
FIGURES: Final = {
    "peak_viewers": "peak: most viewers at one second",
    "peak_at": "time of the peak",
    "watch_seconds": "watch seconds",
    "reach": "reach",
    "sessions": "sessions",
    "seconds": "seconds in the day",
}
"""What a figure of a restatement is called."""


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure that a backfill changed."""

    at: str
    figure: str
    before: str
    after: str
    why: str


class Words:
    """Of a receipt as it stands at `now` (s since the epoch), with times of its zone."""

    def __init__(self, receipt: Receipt, now: int) -> None:
        self.receipt = receipt
        self.day = receipt.day
        self.running = now < receipt.day.end
        self._speaking = Speaking(Language.en, receipt.day.zone)

    @property
    def channel(self) -> str:
        """What is counted under the channel's name."""
        name = self.receipt.figures.channel
        if name == ANYTHING:
            return "anything (*)"
        return f"any {name[1:]} channel ({name})" if name.startswith(ANYTHING) else name

    @property
    def date(self) -> str:
        """Like Wednesday, 25 November 2026."""
        return f"{self.day.date:%A}, {self._speaking.day(self.day.date)}"

    @property
    def status(self) -> str:
        """What the status means for the figures."""
        if self.running:
            return "The day is not over: these are its figures so far, and they change."
        return STATUSES[self.receipt.figures.status]

    @property
    def erased(self) -> str:
        """When reports were erased; empty: none were."""
        at = self.receipt.erased
        return "" if at is None else self._speaking.time(at // 1000)

    @property
    def figures(self) -> Sequence[Said]:
        """The figures themselves."""
        found, number = self.receipt.figures.figures, self._speaking.number
        peak_at = "at no second: nobody watched"
        if found.peak_at is not None:
            peak_at = self._speaking.time(found.peak_at)
        to_come = ", those to come included" if self.running else ""
        return [
            Said(
                "Most viewers at one second",
                number(found.peak_viewers),
                "different devices watching in the same second; the first such second is named",
                peak_at,
            ),
            Said(
                "Reach",
                number(found.reach),
                "different devices with at least one second watched; not people, and never to be "
                "added over days or channels",
            ),
            Said(
                "Average concurrent viewers",
                number(found.average_viewers),
                f"watch time divided by all {number(found.seconds)} seconds of the day{to_come}",
            ),
            Said(
                "Watch time",
                f"{number(found.watch_seconds / 3600)} hours",
                f"{number(found.watch_seconds)} s: the viewers of each second, added up",
            ),
            Said(
                "Sessions",
                number(found.sessions),
                "playbacks with at least one second watched",
            ),
        ]

    @property
    def bounds(self) -> Sequence[Said]:
        """Whose day it is and from when to when, and by which definition it is counted."""
        day, seconds = self.day, len(self.day.seconds)
        length = f"{self._speaking.number(seconds)} s ({seconds / 3600:g} hours)"
        return [
            Said("Time zone", day.zone.key, "whose clocks say when the day begins and ends"),
            Said("First second", self._speaking.time(day.first), written(day.first)),
            Said("First second after it", self._speaking.time(day.end), written(day.end)),
            Said("Length", length, "of this day; it differs where clocks are changed"),
            Said("Definition", f"version {self.receipt.definition}", "of who counts as watching"),
        ]

    @property
    def origin(self) -> Sequence[Said]:
        """What the figures were made from, and what is missing from them."""
        return Origin(self.receipt, self.running, self._speaking).told()

    @property
    def no_query(self) -> str:
        """Why there is no query."""
        if self.receipt.erased is not None:
            return "None: reports of this day were erased, so nothing finds these figures again."
        return "None: the reports of this day are not in storage, or not all of them are."

    @property
    def restatements(self) -> Sequence[Restated]:
        """What a backfill changed."""
        return [
            Restated(
                self._speaking.time(each.at // 1000),
                FIGURES.get(each.figure, each.figure),
                self._changed(each.figure, each.before),
                self._changed(each.figure, each.after),
                f"{each.reason}: {each.note}" if each.note else each.reason,
            )
            for each in self.receipt.changes
        ]

    def _changed(self, figure: str, value: float | None) -> str:
        if value is None:
            return "no figure"
        if figure == "peak_at":
            return self._speaking.time(int(value))
        return f"{value:,.15g}"
