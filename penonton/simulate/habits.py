"""What each protocol can say: one row a protocol."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Protocol = Literal["json", "ndjson", "beacon", "epas", "cmcd2", "cmcd1"]
PROTOCOLS: Final[tuple[Protocol, ...]] = get_args(Protocol)


@dataclass(frozen=True, slots=True)
class Habits:
    """What players of a protocol can and cannot do.

    `name`: what the collector calls it. `viewer`: it carries an id of the install (else each
    session is a viewer). `zaps`: a session may change channel. `batches`: several reports fit
    in one request. `queues`: what could not be sent is sent later. `ends`: the player says when
    it ends and pauses. `interval`: the promise, in ms, that the collector takes it by (None:
    the player says). `period`: ms between its regular reports (None: what the world says).
    """

    name: str
    viewer: bool = False
    zaps: bool = False
    batches: bool = False
    queues: bool = True
    ends: bool = True
    interval: int | None = None
    period: int | None = None


HABITS: Final[dict[Protocol, Habits]] = {
    "json": Habits("json", viewer=True, zaps=True),
    "ndjson": Habits("json", viewer=True, zaps=True, batches=True),
    "beacon": Habits("json", viewer=True, zaps=True, batches=True),
    "epas": Habits("epas", interval=30_000),
    "cmcd2": Habits("cmcd2", zaps=True, batches=True),
    # Version 1 only rides on the segments a player fetches: nothing is queued, and silence is all
    # an end says.
    "cmcd1": Habits("cmcd1", queues=False, ends=False, interval=10_000, period=6_000),
}
