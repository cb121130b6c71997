"""Which channels this collector has seen: channel names are labels, so their number is bounded."""

from collections.abc import Iterable


class Channels:
    """The first `limit` distinct names are admitted, and stay so for the life of the process."""

    def __init__(self, limit: int, known: Iterable[str] = ()) -> None:
        self._limit = limit
        self._admitted = set(known)

    def __contains__(self, name: str) -> bool:
        """Whether this name is admitted already."""
        return name in self._admitted

    def admit(self, name: str) -> bool:
        """Whether reports of this channel are taken."""
        if name in self._admitted:
            return True
        if len(self._admitted) >= self._limit:
            return False
        self._admitted.add(name)
        return True
