"""What the pages allow."""

from dataclasses import dataclass
from typing import Final

from dashboards.web.shown import ShownPolicy

SHOWN: Final = ShownPolicy()

LONGEST_DAY: Final = 25 * 3600
"""The seconds of the longest local day."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`zone`: whose day the page shows, and the API where none is asked for.

    `day_starts`: the hour of the clock, 0 to 23, at which local days begin.
    `max_streams`: how many may be open at once. `pulse`: s between two events of a stream.
    `longest_range`: how many seconds one answer of levels may span. `shown`: how the live number is
    shown on other people's pages.
    """

    zone: str = "Asia/Jakarta"
    day_starts: int = 0
    max_streams: int = 200
    pulse: float = 1.0
    longest_range: int = LONGEST_DAY
    shown: ShownPolicy = SHOWN
