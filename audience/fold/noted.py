"""What a fold notes beside the numbers: how sessions ended, and which reports came too late."""

from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audience.snapshot import EndReason

REASONS: Final[tuple[EndReason, EndReason]] = ("reported", "timeout")


class End(NamedTuple):
    """So many sessions watched a channel until `second` (s) and ended for this reason."""

    second: int
    channel: str
    reason: EndReason
    times: int


class Late(NamedTuple):
    """So many reports of `second` (s) came when the watermark was at second `at`: too late."""

    second: int
    channel: str
    at: int
    times: int


class Notes:
    """Kept until they are taken; `channels`: the fold's, which may become more."""

    def __init__(self, channels: Sequence[str]) -> None:
        self._channels = channels
        self._ends: list[End] = []
        self._late: Counter[tuple[int, int, int]] = Counter()

    def note_ends(self, counts: NDArray[np.int32], first: int) -> None:
        """`counts`: [2 * channel + reason, seconds from `first` on]."""
        for which, column in np.argwhere(counts).tolist():
            code, reason = divmod(which, 2)
            count = int(counts[which, column])
            self._ends.append(End(first + column, self._channels[code], REASONS[reason], count))

    def note_late(self, t: NDArray[np.int64], codes: NDArray[np.int32], at: int) -> None:
        """Reports of these times (ms) came at second `at`."""
        self._late.update(zip((t // 1000).tolist(), codes.tolist(), repeat(at), strict=False))

    def take_ends(self) -> list[End]:
        """Those since the last call."""
        ends, self._ends = self._ends, []
        return ends

    def take_late(self) -> list[Late]:
        """Those since the last call."""
        late, self._late = self._late, Counter()
        return [Late(second, self._channels[code], at, n) for (second, code, at), n in late.items()]
