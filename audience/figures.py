"""The figures of a channel over some seconds: a local day, a programme."""

from dataclasses import dataclass

from audience.spans import Stretch


@dataclass(frozen=True, slots=True)
class Figures:
    """Rule 6 of the definition.

    `seconds`: how many there are. `peak_viewers`: most viewers at one second; `peak_at`: the
    first such second (s since the epoch), None when nobody watched. `watch_seconds`: the sum of
    viewers over the seconds. `reach`: distinct viewers with at least one watched second;
    `sessions`: sessions with at least one.
    """

    seconds: int
    peak_viewers: int
    peak_at: int | None
    watch_seconds: int
    reach: int
    sessions: int

    @property
    def average_viewers(self) -> float:
        """Viewers watching in the average second.

        A day that a zone left out has none.
        """
        return self.watch_seconds / self.seconds if self.seconds else 0.0

    @classmethod
    def nobody(cls, stretch: Stretch) -> "Figures":
        """The figures of a day, or of other seconds, of which none was watched."""
        return cls(len(stretch.seconds), 0, None, 0, 0, 0)
