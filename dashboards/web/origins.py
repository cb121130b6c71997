"""What the figures of a receipt were made from, and what is missing from them, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audience.rules import ANYTHING
from dashboards.report.speaking import Speaking
from dashboards.web.numbers import Receipt

NOT_WRITTEN: Final = "It was not written down for this day."


@dataclass(frozen=True, slots=True)
class Said:
    """A thing and what it is; `value` None: it is not known. `at`: when, of a figure."""

    name: str
    value: str | None
    says: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Of a receipt; `running`: its day is not over."""

    receipt: Receipt
    running: bool
    speaking: Speaking

    def told(self) -> Sequence[Said]:
        """Each thing."""
        receipt, channel = self.receipt, self.receipt.figures.channel
        which, elsewhere = "and named this channel", "they may have been of this channel or not"
        if channel == ANYTHING:
            which = "of any channel, or of none there is"
            elsewhere = "they are among the refused reports above"
        elif channel.startswith(ANYTHING):
            which, elsewhere = "and named a channel of this kind", "they may have been of it or not"
        return [
            self._heard(),
            self._reports(),
            self._times(
                "Late reports",
                receipt.late,
                "came after their second was final; they do not count until a backfill counts them",
            ),
            self._times("Refused reports", receipt.refused, f"refused while this day ran, {which}"),
            self._times(
                "Refused, channel not known",
                receipt.refused_elsewhere,
                f"refused while this day ran, and no channel there is could be read; {elsewhere}",
            ),
            self._times(
                "Replayed reports",
                receipt.replayed,
                "refused at first, and sent again from the quarantine",
            ),
            self._silence(),
        ]

    def _heard(self) -> Said:
        name, heard, seconds = "Completeness", self.receipt.heard, len(self.receipt.day.seconds)
        if not seconds:
            return Said(name, "no seconds", "The zone left this date out.")
        if heard is None:
            return Said(name, None, f"{NOT_WRITTEN} Reports may be missing without a trace.")
        so_far = " so far" if self.running else ""
        not_over = "; the day is not over" if self.running else ""
        number = self.speaking.number
        return Said(
            name,
            self._share(heard, seconds) + so_far,
            f"in {number(heard)} of the day's {number(seconds)} seconds all parts of the count "
            f"(partitions) were heard{so_far}{not_over}",
        )

    def _reports(self) -> Said:
        name, reports = "Reports used", self.receipt.reports
        if reports is None:
            says = "None is in storage, or not all are any more: nobody can say how many there were"
            return Said(name, None, f"{says}.")
        erased = "" if self.receipt.erased is None else "; erased ones are not among them"
        says = f"stored reports of this day and channel, equal ones once, late ones too{erased}"
        return Said(name, self.speaking.number(reports), says)

    def _times(self, name: str, times: int | None, says: str) -> Said:
        if times is None:
            return Said(name, None, NOT_WRITTEN)
        return Said(name, self.speaking.number(times), says)

    def _silence(self) -> Said:
        name, ends = "Sessions ended by silence", self.receipt.ends
        if ends is None:
            return Said(name, None, NOT_WRITTEN)
        silent, ended = ends.get("timeout", 0), sum(ends.values())
        if not ended:
            return Said(name, "none ended", "No session stopped watching for good: no share.")
        number = self.speaking.number
        return Said(
            name,
            self._share(silent, ended),
            f"of {number(ended)} times that a session stopped watching for good, {number(silent)} "
            "fell silent instead of saying so; a share far from other days' means that reports "
            "were lost, not viewers",
        )

    def _share(self, part: int, whole: int) -> str:
        if 0 < part * 1000 < whole:  # little is not nothing
            return "< 0.1%"
        return self.speaking.share(part / whole)
