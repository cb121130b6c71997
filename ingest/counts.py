"""What the collector has taken and refused since it started."""

from collections import Counter
from dataclasses import dataclass, field

from ingest.tally import Tally


@dataclass(frozen=True, slots=True)
class Counts:
    """`accepted`: (channel, platform, protocol), `refused`: (platform, protocol, reason).

    `tally`: what receipts are made of.
    """

    accepted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
