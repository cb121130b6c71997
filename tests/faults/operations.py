"""The operation log: every report that was sent, and what is known to have become of it."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import msgspec

from audience.reports import Report
from ingest.identity import Identity

IDENTIFY = Identity("")


class Outcome(Enum):
    """What a sender may believe."""

    acknowledged = "acknowledged"
    refused = "refused"
    """Told to try again: it is not promised, and not promised to be gone."""
    unknown = "unknown"
    """The connection broke, or no answer came."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a player says it over HTTP; `seq` is the only one of its session.

    `interval` and `playhead` in s; `age`: ms between what happens and its sending.
    """

    viewer: str
    session: str
    channel: str
    state: str | None
    playhead: float | None
    interval: float
    seq: int
    age: int = 0


What = tuple[str, str, str, str | None, float | None, int]
"""What a report and a stored report have in common: all but time."""


def what_was_said(said: Said) -> What:
    ids = IDENTIFY(said.viewer), IDENTIFY(said.session)
    return (*ids, said.channel, said.state, said.playhead, said.seq)


def what_it_says(report: Report) -> What:
    return (
        report.viewer, report.session, report.channel, report.state, report.playhead, report.seq
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """What was sent, at an instant (s since the epoch), and what came of it."""

    at: float
    said: Said
    outcome: Outcome


@dataclass
class OperationLog:
    """Written by the threads that send. `written` leaves it for who looks into a failure."""

    _operations: list[Operation] = field(default_factory=list)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def add(self, at: float, said: Sequence[Said], outcome: Outcome) -> None:
        with self._writing:
            self._operations += [Operation(at, each, outcome) for each in said]

    def all(self) -> Sequence[Operation]:
        with self._writing:
            return tuple(self._operations)

    def of(self, outcome: Outcome) -> Iterator[Operation]:
        return (each for each in self.all() if each.outcome is outcome)

    def count(self, outcome: Outcome) -> int:
        return sum(1 for _ in self.of(outcome))

    def written(self, path: Path) -> None:
        lines = [
            {"at": each.at, "said": each.said, "outcome": each.outcome.value} for each in self.all()
        ]
        path.write_bytes(msgspec.json.Encoder().encode_lines(lines))
