"""Who watched at least one second of a day: a table of (id, channel) with the seconds watched.

Each key has two accounts, `live` and `final`: the first takes every change at once, the second only
those whose second is final. An account is `open`, how many stretches have begun and not ceased, and
`seconds`, what the closed ones add up to (an open one is counted from the day's first second, see
`change`).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from audience.fold.compiled import entry, inner
from audience.fold.table import hash_of, row_in

# mypy: disable-error-code="no-untyped-def"

ENTRY = np.dtype(
    [
        ("id0", "u8"),  # of the viewer
        ("id1", "u8"),
        ("id2", "u8"),  # of the session; nothing in a viewer's entry
        ("id3", "u8"),
        ("what", "i4"),  # twice the channel, kind or any (0), and one more in a session's entry
        ("stored", "i4"),  # 1 once `unstored` has told of it
        ("live_seconds", "i8"),
        ("final_seconds", "i8"),
        ("live_open", "i4"),
        ("final_open", "i4"),
    ],
    align=True,
)
Entries = NDArray[Any]
Slots = NDArray[np.uint64]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)


@inner
def entry_of(entries: Entries, slots: Slots, used, a, b, c, d, what) -> int:
    """The entry of this key; a new one is put at `used`."""
    h = hash_of(a, b, c, d + np.uint64(what))
    mask = np.uint64(len(slots) - 1)
    at = h & mask
    while slots[at] != 0:
        if slots[at] >> _HALF == h:
            i = row_in(slots[at])
            e = entries[i]
            if e.id0 == a and e.id1 == b and e.id2 == c and e.id3 == d and e.what == what:
                return i
        at = (at + _ONE) & mask
    slots[at] = (h << _HALF) | np.uint64(used + 1)
    e = entries[used]
    e.id0, e.id1, e.id2, e.id3, e.what = a, b, c, d, what
    return used


@entry
def change(entries: Entries, slots: Slots, used, changes, first, end, final, sessions_only) -> int:
    """Books changes (memory.CHANGE) in the live or the final accounts of a day.

    The day lasts from second `first` until `end`. `sessions_only`: nothing of viewers, of any
    channel and of kinds. The number of entries then in use; there must be room for six more a
    change.
    """
    zero = np.uint64(0)
    for j in range(len(changes)):
        x = changes[j]
        into = min(max(x.second, first), end) - first
        begin, stop = (1, 2) if sessions_only else (0, 6 if x.kind != 0 else 4)
        for k in range(begin, stop):  # 2 of it, 2 of any, 2 of its kind
            what = 2 * (x.channel if k < 2 else 0 if k < 4 else x.kind) + k % 2  # noqa: PLR2004 - two of each
            c, d = (x.session0, x.session1) if what & 1 else (zero, zero)
            i = entry_of(entries, slots, used, x.viewer0, x.viewer1, c, d, what)
            if i == used:
                used += 1
            e = entries[i]
            if final:
                e.final_open += x.sign
                e.final_seconds -= x.sign * into
            else:
                e.live_open += x.sign
                e.live_seconds -= x.sign * into
    return used


@inner
def watched(e, into, final) -> bool:
    """Whether an entry has a watched second, `into` the day (s)."""
    if final:
        return e.final_seconds + e.final_open * into > 0
    return e.live_seconds + e.live_open * into > 0


@entry
def count(entries: Entries, used, into, final, viewers, sessions) -> None:
    """Adds up, by channel, the viewers and the sessions with a watched second so far."""
    for i in range(used):
        e = entries[i]
        if watched(e, into, final):
            if e.what & 1:
                sessions[e.what >> 1] += 1
            else:
                viewers[e.what >> 1] += 1


@entry
def unstored(entries: Entries, used, into, groups, found) -> int:
    """Writes to `found` the sessions' entries with a final watched second not told of yet.

    How many. Those of the first `groups` codes, any and kinds, are passed over.
    """
    n = 0
    for i in range(used):
        e = entries[i]
        if e.what >= 2 * groups and e.what & 1 and e.stored == 0 and watched(e, into, True):
            if n == len(found):
                return n
            e.stored = 1
            found[n] = i
            n += 1
    return n


@entry
def carry(entries: Entries, used, into_entries: Entries, slots: Slots) -> int:
    """Opens a new day's entries for whoever watches across its beginning; how many."""
    n = 0
    for i in range(used):
        e = entries[i]
        if e.live_open != 0 or e.final_open != 0:
            j = entry_of(into_entries, slots, n, e.id0, e.id1, e.id2, e.id3, e.what)
            into_entries[j].live_open = e.live_open
            into_entries[j].final_open = e.final_open
            n += 1
    return n
