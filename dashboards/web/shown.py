"""The live number as it is shown to everybody: rounded, delayed, and never older than it says."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from dashboards.web.answers import Channel, Instant
from dashboards.web.instants import written
from dashboards.web.numbers import Numbers

FRESH: Final = 10  # s that a number may be older than it should be and still be shown
NOT_KNOWN: Final = "not known"


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """`nearest`: round to a multiple of this; then to `digits` significant ones (0: to all).

    `delay`: s. `minimum`: below this, only that it is below is shown (0: every number is shown).
    """

    nearest: int = 1
    digits: int = 0
    delay: int = 0
    minimum: int = 0

    def rounded(self, viewers: int) -> int:
        """Halves go up."""
        step = self.nearest
        found = (2 * viewers + step) // (2 * step) * step
        if self.digits:
            step = 10 ** max(len(str(found)) - self.digits, 0)
            found = (2 * found + step) // (2 * step) * step
        return found

    @property
    def rounds(self) -> bool:
        """Whether a number that is shown can differ from the one that was counted."""
        return self.nearest > 1 or self.digits > 0


class Shown(msgspec.Struct, frozen=True):
    """What everybody may be shown of a channel."""

    channel: Channel
    at: Annotated[Instant | None, Meta(description="The second it is of; null: not known")]
    viewers: Annotated[
        int | None,
        Meta(
            description="Distinct viewers (devices) watching at that second, rounded as the "
            "operator has set; null: not known, or fewer than is shown",
        ),
    ]
    fewer_than: Annotated[
        int | None, Meta(description="The number is below this, and so is not shown")
    ]
    number: Annotated[str, Meta(description="The number in words", examples=["1,200"])]
    label: Annotated[str, Meta(description="What the number is", examples=["watching now"])]
    detail: Annotated[str, Meta(description="Which number exactly, as of when")]


async def shown(
    numbers: Numbers, channel: str, policy: ShownPolicy, zone: ZoneInfo, now: int
) -> Shown:
    """What may be shown at `now` (ms), with times told by the zone's clock."""
    snapshot = numbers.live()
    wanted = now // 1000 - policy.delay
    at = min(snapshot.at, wanted) if snapshot else None
    viewers = None
    if at is not None and wanted - at <= FRESH:
        viewers = numbers.viewers(channel, at)
    if at is None or viewers is None:
        detail = "the count does not tell at the moment"
        return Shown(channel, None, None, None, NOT_KNOWN, "watching", detail)
    clock = dt.datetime.fromtimestamp(at, zone)
    label = "watching now" if policy.delay < 60 else f"watching at {clock:%H:%M}"  # noqa: PLR2004 - a minute
    return _known(channel, at, viewers, policy, (label, f"as of {clock:%H:%M} ({zone.key})"))


def _known(
    channel: str, at: int, viewers: int, policy: ShownPolicy, words: tuple[str, str]
) -> Shown:
    label, as_of = words
    what = "viewers watching at this second"
    if viewers < policy.minimum:
        few = f"fewer than {policy.minimum:,}"
        return Shown(channel, written(at), None, policy.minimum, few, label, f"{what}, {as_of}")
    number = policy.rounded(viewers)
    rounded = ", rounded" if policy.rounds else ""
    detail = f"{what}{rounded}, {as_of}"
    return Shown(channel, written(at), number, None, f"{number:,}", label, detail)
