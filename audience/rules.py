"""The policy of counting: the few lengths of time everything else follows from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

DEFINITION: Final = 1
"""Version of the definition that this package evaluates (`audience/definition.py`)."""

MIN_INTERVAL: Final = 5_000
DEFAULT_INTERVAL: Final = 30_000

ANYTHING: Final = "*"
"""The channel name under which watching any channel is counted."""

NO_KINDS: Final[Mapping[str, str]] = MappingProxyType({})


def of_kind(kind: str) -> str:
    """The channel name under which watching any channel of a kind is counted: `*tv`.

    No channel can have it.
    """
    return ANYTHING + kind


def bridge(interval: int) -> int:
    """How long, in ms, a report is believed when the session is heard of again.

    Two lost reports are forgiven.
    """
    return 3 * interval


def tail(interval: int) -> int:
    """How long, in ms, a report is believed when nothing follows it.

    Half an interval, rounded down.
    """
    return interval // 2


def whole_second(ms: int) -> int:
    """The first whole second, in s since the epoch, at or after the instant `ms`."""
    return -(-ms // 1000)


@dataclass(frozen=True, slots=True)
class Rules:
    """How late a report may come, and how seldom; what is counted together, and for which days.

    `lateness`: how far, in ms, `t` may lie before `received`. `max_interval`: the longest promise
    taken, in ms. `day_starts`: the hour of the clock, 0 to 23, at which local days begin.
    `kinds`: the kind of a channel, for those that have one.
    """

    lateness: int = 120_000
    max_interval: int = 40_000
    day_starts: int = 0
    kinds: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.lateness < 0:
            message = f"lateness must not be negative, got {self.lateness} ms"
            raise ValueError(message)
        if self.max_interval < MIN_INTERVAL:
            message = f"max_interval must be at least {MIN_INTERVAL} ms, got {self.max_interval}"
            raise ValueError(message)
        if not 0 <= self.day_starts < 24:  # noqa: PLR2004 - hours of a clock
            message = f"day_starts must be an hour from 0 to 23, got {self.day_starts}"
            raise ValueError(message)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names under which several channels are counted: `*` first, then the kinds."""
        return (ANYTHING, *sorted({of_kind(kind) for kind in self.kinds.values()}))

    @property
    def max_bridge(self) -> int:
        """The longest bridge, in ms."""
        return bridge(self.max_interval)

    @property
    def settling(self) -> int:
        """How long after an instant, in ms, its numbers can still change.

        A second is final once the watermark is past it by this.
        """
        return self.lateness + self.max_bridge

    @property
    def horizon(self) -> int:
        """How far behind the watermark, in ms, a fold must begin.

        Then it is exact for every second that is not final.
        """
        return self.lateness + 3 * self.max_bridge

    def final_until(self, watermark: int) -> int:
        """The last final second, in s, when all received until `watermark` (ms) is processed."""
        return (watermark - self.settling) // 1000
