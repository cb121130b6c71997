"""What collectors saw happen, and how it travels in Kafka: in a header of a record of time.

So whoever counts reports need not know of it, and it keeps its place behind what came before.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import msgspec

HEADER: Final = "penonton-saw"

Seen = Literal["refused", "replayed"]


class Saw(NamedTuple):
    """`second` (s): which it is about; `channel` empty: not known. `at` (s): when it came."""

    what: Seen
    reason: str
    channel: str
    second: int
    at: int


class Sightings(msgspec.Struct, frozen=True):
    """How often each was `seen` by a `source`, a collector since its start.

    What a source says of the same `Saw` again replaces what it said before.
    """

    source: str
    seen: Sequence[tuple[Saw, int]]


class Unreadable(Exception):
    """No sightings."""


_decoder = msgspec.json.Decoder(Sightings)


def encode(sightings: Sightings) -> bytes:
    """The header's value."""
    return msgspec.json.encode(sightings)


def decode(value: bytes) -> Sightings:
    """Back from the header's value. Raises Unreadable."""
    try:
        return _decoder.decode(value)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from error
