"""Open-addressing tables from an id to a row: linear probing, removal by shifting back.

A slot is `hash << 32 | row + 1`, or 0 when empty: the hash tells most strangers apart without a
look at the row, and gives a slot's home when it moves.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audience.fold.compiled import entry, inner
from audience.fold.memory import NOBODY

Slots = NDArray[np.uint64]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_ODDER = np.uint64(0xC2B2AE3D27D4EB4F)


@inner
def hash_of(a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64) -> np.uint64:
    """32 bits out of an id.

    Most ids are hashes already, but those of stored reports may count up in any of their bytes:
    what differs in high bits only is folded down before it is spread. A session may be its viewer:
    the second pair must not undo the first.
    """
    mixed = a + b * _ODDER
    mixed = (mixed ^ (mixed >> _HALF)) * _ODD
    mixed += c + d * _ODDER
    mixed = (mixed ^ (mixed >> _HALF)) * _ODDER
    return mixed >> _HALF


@inner
def row_in(slot: np.uint64) -> int:
    """The row a slot that is not empty points to."""
    return np.int64(slot & _LOW) - 1  # type: ignore[return-value]  # compiled: the same


@inner
def find(slots: Slots, rows: NDArray[Any], h: np.uint64, v0, v1, s0, s1, whole) -> int:
    """The row of this session (`whole`) or of this viewer (not `whole`), or NOBODY."""
    mask = np.uint64(len(slots) - 1)
    at = h & mask
    while slots[at] != 0:
        if slots[at] >> _HALF == h:
            row = rows[row_in(slots[at])]
            is_viewer = row.viewer0 == v0 and row.viewer1 == v1
            if is_viewer and (not whole or (row.session0 == s0 and row.session1 == s1)):
                return row_in(slots[at])
        at = (at + _ONE) & mask
    return NOBODY


@inner
def slot_for(h: np.uint64, row: int) -> np.uint64:
    """The slot that points to a row."""
    return (h << _HALF) | np.uint64(row + 1)


@inner
def put(slots: Slots, h: np.uint64, row: int) -> None:
    """Adds a row that is not in the table."""
    mask = np.uint64(len(slots) - 1)
    at = h & mask
    while slots[at] != 0:
        at = (at + _ONE) & mask
    slots[at] = slot_for(h, row)


@inner
def slot_of(slots: Slots, h: np.uint64, row: int) -> np.uint64:
    """The slot that points to this row, which is in the table."""
    mask = np.uint64(len(slots) - 1)
    wanted = slot_for(h, row)
    at = h & mask
    while slots[at] != wanted:
        at = (at + _ONE) & mask
    return at


@inner
def remove(slots: Slots, at: np.uint64) -> None:
    """Empties a slot and moves those behind it that would no longer be found."""
    mask = np.uint64(len(slots) - 1)
    gap = at
    at = (at + _ONE) & mask
    while slots[at] != 0:
        home = (slots[at] >> _HALF) & mask
        if ((at - home) & mask) >= ((at - gap) & mask):
            slots[gap] = slots[at]
            gap = at
        at = (at + _ONE) & mask
    slots[gap] = np.uint64(0)


@entry
def rebuild(old: Slots, new: Slots) -> None:
    """Copies every slot of a table into a larger, empty one."""
    mask = np.uint64(len(new) - 1)
    for slot in old:
        if slot != 0:
            at = (slot >> _HALF) & mask
            while new[at] != 0:
                at = (at + _ONE) & mask
            new[at] = slot
