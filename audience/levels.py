"""Levels: viewers and sessions of every channel at consecutive seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Levels:
    """`viewers` and `sessions` are int32[channels, seconds].

    Column j is the second `first` + j (s since the epoch). `channels` names the rows; row 0 is `*`.
    """

    channels: Sequence[str]
    first: int
    viewers: NDArray[np.int32]
    sessions: NDArray[np.int32]

    @property
    def end(self) -> int:
        """The second after the last one."""
        return self.first + int(self.viewers.shape[1])

    def since(self, second: int) -> "Levels":
        """Those of this second and later."""
        skip = min(max(second - self.first, 0), self.viewers.shape[1])
        return Levels(
            self.channels, self.first + skip, self.viewers[:, skip:], self.sessions[:, skip:]
        )
