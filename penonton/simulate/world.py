"""The knobs of a simulated world, and what its audience is drawn to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Final

from audience.rules import DEFAULT_INTERVAL
from penonton.simulate.habits import Protocol

CHANNELS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "polri-tv": 40,
        "polri-radio": 18,
        "humas-live": 12,
        "ntmc-lalu-lintas": 12,
        "bareskrim-tv": 7,
        "korlantas-radio": 6,
        "brimob-tv": 3,
        "polda-metro-radio": 2,
    }
)
"""What a police broadcaster has on air, with how much each is liked."""

MIX: Final[Mapping[Protocol, float]] = MappingProxyType(
    {"json": 25, "ndjson": 25, "beacon": 10, "epas": 20, "cmcd2": 17, "cmcd1": 3}
)
"""How many of a hundred players speak which protocol."""

SPECIAL: Final = 3.0
"""How much better a channel is liked while its special programme is on."""


@dataclass(frozen=True, slots=True)
class World:
    """Times in ms, chances in 0..1.

    `viewers`: the devices present at a time (some of them pause or start). `seconds`: how long
    it lasts (None: for ever); everyone comes within its first interval and leaves within its
    last. `lose`: a report is never sent. `die`: a visit ends without a word. `duplicate`: a
    request is sent twice. `offline`: a report opens an outage of up to two intervals.
    `wrong_clock`: a device is seconds to years off or drifts. `second_screen`: a viewer has two
    sessions at a time. `visit`: a visit's mean length; `quiet`: mean time between two things
    that happen in it. `programme`: how long one lasts; `follow`: a viewer zaps when the next
    begins. `swing`: by how much of itself the audience grows and shrinks, once every `tide`.
    """

    viewers: int
    seconds: int | None = None
    seed: int = 1
    interval: int = DEFAULT_INTERVAL
    mix: Mapping[Protocol, float] = field(default_factory=lambda: MIX)
    lose: float = 0.0
    die: float = 0.1
    duplicate: float = 0.01
    offline: float = 0.005
    wrong_clock: float = 0.05
    second_screen: float = 0.05
    visit: int = 20 * 60_000
    quiet: int = 8 * 60_000
    programme: int = 5 * 60_000
    follow: float = 0.1
    swing: float = 0.0
    tide: int = 6 * 60_000

    @property
    def seats(self) -> int:
        """The most devices there are at a time."""
        return math.ceil(self.viewers * (1 + self.swing))

    @property
    def end(self) -> int | None:
        """How long it lasts, in ms."""
        return None if self.seconds is None else self.seconds * 1000

    @property
    def turnout(self) -> int:
        """How long, in ms, the audience takes to come, and in the end to leave."""
        return self.interval if self.end is None else min(self.interval, self.end // 3)

    def taken_from(self, seat: int, since: int) -> int:
        """When, `since` ms into the world or later, a seat is first taken."""
        if self._left(seat, since) > 0:
            return since
        return since + self._until(self._rise(seat), since)

    def taken_until(self, seat: int, since: int) -> int | None:
        """When a seat that is taken `since` ms into the world is given up; None: never."""
        left = self._left(seat, since)
        return None if math.isinf(left) else since + math.ceil(left)

    def weights(self, since: int) -> list[float]:
        """How much each of `CHANNELS` is liked `since` ms into the world; one has a special."""
        special = Random(f"{self.seed} {since // self.programme}").randrange(len(CHANNELS))
        return [w * (SPECIAL if n == special else 1) for n, w in enumerate(CHANNELS.values())]

    def next_programme(self, since: int) -> int:
        """When the programme after the one at `since` begins, in ms of the world."""
        return (since // self.programme + 1) * self.programme

    def _rise(self, seat: int) -> float:
        # Seat n is taken while n < viewers * (1 + swing * sin(phase)): from this phase to its
        # mirror image.
        height = (seat / self.viewers - 1) / self.swing if self.swing else -1.0
        return math.asin(max(-1.0, height))

    def _left(self, seat: int, since: int) -> float:
        rise = self._rise(seat)
        if rise <= -math.pi / 2:
            return math.inf
        gone = self.tide - self._until(rise, since)
        return max(0.0, (math.pi - 2 * rise) / (2 * math.pi) * self.tide - gone)

    def _until(self, phase: float, since: int) -> int:
        # 1..tide ms: at the phase itself a whole tide.
        at = phase % (2 * math.pi) / (2 * math.pi) * self.tide
        return self.tide - math.floor((since - at) % self.tide)
