"""What the collector has taken and refused since it started."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Counts:
    """`accepted`: (channel, platform, protocol), `refused`: (platform, protocol, reason)."""

    accepted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)
