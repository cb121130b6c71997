"""How well it was counted: the truth beside what the server says, second by second."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audience.levels import Levels


@dataclass(frozen=True, slots=True)
class Comparison:
    """Viewers of a channel (or `*`) over the compared seconds: counted minus true.

    `audience`: true viewers in the average second. Errors are in viewers, over all seconds:
    their mean (the bias), the mean and the largest of their sizes; the percentages are of
    `audience`, of the watch seconds that of the true ones. `provisional`: how many of the
    seconds can still change.
    """

    channel: str
    seconds: int
    provisional: int
    audience: float
    mean_error: float
    mean_error_percent: float
    mean_absolute_error: float
    mean_absolute_error_percent: float
    max_error: int
    max_error_percent: float
    watch_seconds_true: int
    watch_seconds_counted: int
    watch_seconds_error_percent: float

    @property
    def row(self) -> dict[str, Any]:
        """Its fields by name."""
        return asdict(self)


COLUMNS: Final = tuple(field.name for field in fields(Comparison))
SHOWN: Final = (
    "channel",
    "provisional",
    "audience",
    "mean_error",
    "mean_absolute_error",
    "max_error",
    "watch_seconds_true",
    "watch_seconds_counted",
    "watch_seconds_error_percent",
)
"""What fits on a screen."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the server says: `levels`, and how many of their seconds it calls provisional."""

    levels: Levels
    provisional: int


def compare(truth: Levels, counted: Counted) -> Iterator[Comparison]:
    """Every channel of the truth; both cover the same seconds, a channel not counted has nobody."""
    rows = {channel: row for row, channel in enumerate(counted.levels.channels)}
    nobody = np.zeros(truth.viewers.shape[1], np.int32)
    for row, channel in enumerate(truth.channels):
        found = counted.levels.viewers[rows[channel]] if channel in rows else nobody
        yield _comparison(channel, truth.viewers[row], found, counted.provisional)


def _comparison(
    channel: str,
    true: NDArray[np.int32],
    counted: NDArray[np.int32],
    provisional: int,
) -> Comparison:
    errors = counted.astype(np.int64) - true
    sizes = np.abs(errors)
    audience = float(true.mean()) if len(true) else 0.0
    total, found = int(true.sum(dtype=np.int64)), int(counted.sum(dtype=np.int64))
    mean, size = (float(each.mean()) if len(true) else 0.0 for each in (errors, sizes))
    largest = int(sizes.max(initial=0))
    return Comparison(
        channel=channel,
        seconds=len(true),
        provisional=provisional,
        audience=round(audience, 3),
        mean_error=round(mean, 4),
        mean_error_percent=_percent(mean, audience),
        mean_absolute_error=round(size, 4),
        mean_absolute_error_percent=_percent(size, audience),
        max_error=largest,
        max_error_percent=_percent(largest, audience),
        watch_seconds_true=total,
        watch_seconds_counted=found,
        watch_seconds_error_percent=_percent(found - total, total),
    )


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 4) if whole else 0.0
