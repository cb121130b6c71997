"""Reports: one as an object, many as columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from audience.rules import DEFAULT_INTERVAL
from audience.states import RANK, State

Clock = Literal["client", "server"]


class Report(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a player says at one instant; also, field by field, a line of stored reports in JSON.

    `t` and `received` are ms since the epoch, UTC; `interval` is in ms, `playhead` in seconds.
    `viewer` and `session` are 32 hex digits (128 bits). `state` None: the player did not say.
    """

    t: int
    viewer: str
    session: str
    channel: str
    state: State | None = None
    playhead: float | None = None
    interval: int = DEFAULT_INTERVAL
    seq: int = 0
    received: int = 0
    clock: Clock = "client"
    protocol: str = ""
    platform: str = ""
    app: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Reports:
    """Many reports as columns, with what the definition reads and `received`.

    All arrays have length n. `viewer` and `session` are uint64[n, 2], each row the 16 bytes of an
    id read as two little-endian halves; `channel` indexes `channels`; `state` is a rank
    (0: unnamed); `playhead` is -1 where unknown.
    """

    t: NDArray[np.int64]
    viewer: NDArray[np.uint64]
    session: NDArray[np.uint64]
    channel: NDArray[np.int32]
    channels: Sequence[str]
    state: NDArray[np.int8]
    playhead: NDArray[np.float64]
    interval: NDArray[np.int32]
    seq: NDArray[np.int64]
    received: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.t)

    def take(self, rows: NDArray[np.int64] | slice) -> "Reports":
        """The reports of these rows, in this order."""
        return Reports(
            t=self.t[rows],
            viewer=self.viewer[rows],
            session=self.session[rows],
            channel=self.channel[rows],
            channels=self.channels,
            state=self.state[rows],
            playhead=self.playhead[rows],
            interval=self.interval[rows],
            seq=self.seq[rows],
            received=self.received[rows],
        )


def halves(ids: Iterable[str]) -> NDArray[np.uint64]:
    """Ids of 32 hex digits as uint64[n, 2]."""
    return np.frombuffer(bytes.fromhex("".join(ids)), dtype="<u8").reshape(-1, 2)


def to_columns(reports: Sequence[Report]) -> Reports:
    """The same reports as columns, in the same order."""
    codes: dict[str, int] = {}
    return Reports(
        t=np.array([r.t for r in reports], np.int64),
        viewer=halves(r.viewer for r in reports),
        session=halves(r.session for r in reports),
        channel=np.array([codes.setdefault(r.channel, len(codes)) for r in reports], np.int32),
        channels=list(codes),
        state=np.array([RANK[r.state] for r in reports], np.int8),
        playhead=np.array(
            [-1.0 if r.playhead is None else r.playhead for r in reports], np.float64
        ),
        interval=np.array([r.interval for r in reports], np.int32),
        seq=np.array([r.seq for r in reports], np.int64),
        received=np.array([r.received for r in reports], np.int64),
    )


def concatenated(pieces: Sequence[Reports]) -> Reports:
    """The reports of all pieces, in their order."""
    codes: dict[str, int] = {}
    channel = []
    for piece in pieces:
        own = [codes.setdefault(name, len(codes)) for name in piece.channels]
        channel.append(np.array(own, np.int32)[piece.channel])
    empty = to_columns([])

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(piece, name) for piece in (empty, *pieces)])

    return Reports(
        t=joined("t"),
        viewer=joined("viewer"),
        session=joined("session"),
        channel=np.concatenate([empty.channel, *channel]),
        channels=list(codes),
        state=joined("state"),
        playhead=joined("playhead"),
        interval=joined("interval"),
        seq=joined("seq"),
        received=joined("received"),
    )
