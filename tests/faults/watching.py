"""Someone who looks at the live page all the time, whatever dies."""

import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from tests.faults.stage import Stage

PAUSE = 0.2  # s between looks


@dataclass(frozen=True, slots=True)
class Seen:
    """What was shown at an instant (s, steady): of which second, and how many."""

    when: float
    at: str
    viewers: int
    completeness: float


class Watching:
    """A context manager: it looks as long as it is open."""

    def __init__(self, stage: Stage) -> None:
        self.seen: list[Seen] = []
        self._stage = stage
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def below(self, viewers: int) -> list[Seen]:
        """Where less was shown."""
        return [seen for seen in self.seen if seen.viewers < viewers]

    def longest_pause(self) -> float:
        """The longest time, in s, in which no later second was shown than before."""
        moved = [self.seen[0].when] if self.seen else []
        newest = self.seen[0].at if self.seen else ""
        for seen in self.seen:
            if seen.at > newest:
                newest = seen.at
                moved.append(seen.when)
        moved.append(time.monotonic() if self._thread.is_alive() else self.seen[-1].when)
        return max(b - a for a, b in pairwise(moved))

    def _run(self) -> None:
        while not self._stopping.wait(PAUSE):
            live = self._stage.live()
            if live:
                (everything, *_) = live["channels"]
                self.seen.append(
                    Seen(time.monotonic(), live["at"], everything["viewers"], live["completeness"])
                )
