"""Who and what there is in a simulated world: players, their playbacks, a viewer's visit."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from audience.states import State
from penonton.simulate.habits import HABITS, Habits, Protocol


class Moment(NamedTuple):
    """From `at` (ms since the epoch) on a player is in this state on this channel."""

    at: int
    state: State
    channel: str


@dataclass(frozen=True, slots=True)
class Playback:
    """One session as it truly was; `end` (ms since the epoch) is when nobody watches it any more.

    `farewell`: the state it ends in; None: it dies without a word.
    """

    session: str
    moments: tuple[Moment, ...]
    end: int
    farewell: State | None

    @property
    def start(self) -> int:
        """When it begins, in ms since the epoch."""
        return self.moments[0].at

    @property
    def stretches(self) -> Iterator[tuple[Moment, int]]:
        """Each moment with the instant, in ms since the epoch, until which it lasts."""
        for moment, following in pairwise(self.moments):
            yield moment, following.at
        yield self.moments[-1], self.end


@dataclass(frozen=True, slots=True)
class Player:
    """An app on a device; its clock was `offset` ms off when switched on at `since`, and drifts.

    `interval`: what it is taken to have promised, in ms; `period`: how often it really reports.
    """

    viewer: str
    protocol: Protocol
    platform: str
    app: str
    interval: int
    period: int
    since: int
    offset: int
    drift: float

    @property
    def habits(self) -> Habits:
        """What it can say."""
        return HABITS[self.protocol]

    def clock(self, at: int) -> int:
        """What its clock shows, in ms since the epoch, at the true instant `at`."""
        return at + self.offset + round(self.drift * (at - self.since))


@dataclass(frozen=True, slots=True)
class Visit:
    """A viewer from `arrival` to `leave` (ms since the epoch).

    `screens` play at the same time, the playbacks of a screen one after the other.
    """

    player: Player
    arrival: int
    leave: int
    screens: tuple[tuple[Playback, ...], ...]
