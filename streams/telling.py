"""What a partition tells the totals: records of the levels topic."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from audience.levels import Levels
from audience.rules import DEFINITION

LATEST: Final = 11
"""Provisional seconds told each time, so that partitions whose time differs can be added."""
CELLS: Final = 20_000
"""Counts in one record, at most about: Kafka takes 1 MB."""


class Unreadable(Exception):
    """These bytes are no record of the levels topic: pass over them. The message says why."""


class Block(msgspec.Struct, frozen=True):
    """Levels of the channels with somebody: `viewers[channel][second - first]`."""

    first: int
    seconds: int
    viewers: dict[str, list[int]]
    sessions: dict[str, list[int]]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one partition knows; of the same (partition, second) the one told later holds.

    `final`: seconds that became final, the last being `final_until`, or the seconds up to where a
    record is full. `latest`: the newest provisional seconds as of `watermark` (ms). `unconfirmed`:
    open sessions past their interval, by channel.
    """

    partition: int
    watermark: int
    final_until: int
    final: Block
    latest: Block
    unconfirmed: dict[str, int]
    definition: int = DEFINITION


_decoder = msgspec.json.Decoder(Told)


def encode(told: Told) -> bytes:
    """The record of it."""
    return msgspec.json.encode(told)


def decode(data: bytes) -> Told:
    """What a record tells. Raises Unreadable."""
    try:
        told = _decoder.decode(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    for block in (told.final, told.latest):
        rows = (*block.viewers.values(), *block.sessions.values())
        if block.viewers.keys() != block.sessions.keys() or any(
            len(row) != block.seconds for row in rows
        ):
            message = "a block whose rows are not as long as it says"
            raise Unreadable(message)
    return told


def block_of(levels: Levels) -> Block:
    """The same levels, channels that nobody watched left out."""
    present = [c for c in range(len(levels.channels)) if levels.sessions[c].any()]
    return Block(
        first=levels.first,
        seconds=levels.end - levels.first,
        viewers={levels.channels[c]: levels.viewers[c].tolist() for c in present},
        sessions={levels.channels[c]: levels.sessions[c].tolist() for c in present},
    )


def divided(finals: Sequence[Levels]) -> Iterator[Levels]:
    """The same levels in pieces that fit a record."""
    for levels in finals:
        step = max(CELLS // len(levels.channels), 1)
        for first in range(levels.first, levels.end, step):
            yield between(levels, first, min(first + step, levels.end))


def between(levels: Levels, first: int, end: int) -> Levels:
    """Those of the seconds [first, end), which `levels` has."""
    start, stop = first - levels.first, end - levels.first
    return Levels(
        levels.channels, first, levels.viewers[:, start:stop], levels.sessions[:, start:stop]
    )
