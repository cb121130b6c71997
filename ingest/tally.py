"""What the collector saw happen, by second: receipts of days are made of it."""

from collections import Counter

from ingest.log.saw import Saw


class Tally:
    """Kept until it is taken; for one event loop."""

    def __init__(self) -> None:
        self._counted: Counter[Saw] = Counter()

    def add(self, saw: Saw) -> None:
        """It happened once more."""
        self._counted[saw] += 1

    def take(self, before: int | None = None) -> list[tuple[Saw, int]]:
        """How often what came before this second (s; None: at any time) happened, once told of.

        A second that goes on is not told of: what is said of it later would replace it.
        """
        over = [saw for saw in self._counted if before is None or saw.at < before]
        return [(saw, self._counted.pop(saw)) for saw in over]
