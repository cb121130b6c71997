"""Whether a worker moves: one that stands still looks like an audience that has gone."""

from collections.abc import Mapping
from typing import Final, Protocol

FEW: Final = 10  # records that may wait for ever: the end of a transaction has an offset of its own


class Moving(Protocol):
    """What is seen of a worker: numbers that change as long as it moves."""

    @property
    def ticks(self) -> int:
        """Turns of its timer."""

    @property
    def rebalance(self) -> int | None:
        """The number of the rebalance that goes on; None where none does."""

    def waiting_after(self) -> Mapping[int, tuple[int, int]]:
        """Of each of its partitions: records that wait, and behind which offset."""


class Progress:
    """Looked at again and again, and no clock: a process that was stopped has not stood still."""

    def __init__(self, worker: Moving, patience: int) -> None:
        """`patience`: looks without a move that are nothing yet."""
        self._worker = worker
        self._patience = patience
        self._seen: dict[str, tuple[int, int]] = {}  # a number, and looks since it has changed
        self.stuck = ""  # what stands still, in words

    def look(self) -> None:
        """One look."""
        seen = {}
        for what, number in self._must_move().items():
            before, looks = self._seen.get(what, (None, 0))
            seen[what] = (number, looks + 1 if number == before else 0)
        self._seen = seen
        still = [what for what, (_, looks) in self._seen.items() if looks > self._patience]
        self.stuck = ", ".join(still)

    def forgive(self) -> None:
        """What stood still did so for a reason: begin anew."""
        self._seen, self.stuck = {}, ""

    def _must_move(self) -> dict[str, int]:
        worker = self._worker
        found = {"the timer": worker.ticks}
        if worker.rebalance is not None:
            found["a rebalance"] = worker.rebalance
        for number, (waiting, behind) in worker.waiting_after().items():
            if waiting > FEW:
                found[f"partition {number}"] = behind
        return found
