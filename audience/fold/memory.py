"""What the fold remembers, as flat arrays: 64 bytes a session, 40 a report of the last few minutes.

A *row* is a session, a *node* a report. Nodes stand in a ring in order of arrival; each knows the
node before it in its session's total order, so a session is a chain walked backwards from its last
node. Index numbers of nodes only grow; those below `tail` are forgotten.
"""

import contextlib
import mmap
import sys
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

CACHE_LINE = 64  # bytes
LARGE: Final = 1 << 20  # bytes from which on an array is the system's own, see `room`
RESERVED: Final = 1 << 36  # bytes of addresses for each of those

ROW = np.dtype(
    [
        ("viewer0", "u8"),
        ("viewer1", "u8"),
        ("session0", "u8"),
        ("session1", "u8"),
        ("t", "i8"),  # of the last node, like all below
        ("last", "u4"),  # the last node's number, modulo 2**32
        ("interval", "i4"),
        # Next row of the same viewer, in a ring; next free row when this one is free.
        ("sibling", "i4"),
        ("later", "i4"),  # next row in the same second of the timer wheel, or NOBODY
        ("sooner", "i4"),  # the row before in it, or -2 - second when this one is the first
        ("channel", "u2"),
        ("state", "i1"),  # as named; 0 unnamed
        ("flags", "u1"),
    ],
    align=True,
)
assert ROW.itemsize == CACHE_LINE

NODE = np.dtype(
    [
        ("t", "i8"),
        ("seq", "i8"),
        ("playhead", "f8"),
        ("back", "i4"),  # number of the previous node = own number - back; 0: there is none
        ("interval", "i4"),
        ("channel", "u2"),
        ("lead", "u2"),  # the channel watched from the previous node until this one; 0: none
        ("state", "i1"),  # as named; 0 unnamed
        ("watching", "u1"),  # by rule 2, 0 or 1
    ],
    align=True,
)

assert NODE.itemsize == 40  # noqa: PLR2004 - as said above

CHANGE = np.dtype(
    [
        ("viewer0", "u8"),
        ("viewer1", "u8"),
        ("session0", "u8"),
        ("session1", "u8"),
        ("second", "i8"),
        ("channel", "i4"),
        ("kind", "u2"),  # of the channel; 0: none
        ("sign", "i2"),
    ],
    align=True,
)

SCALARS = np.dtype(
    [
        ("watermark", "i8"),  # ms
        ("head", "i8"),  # number of the next node
        ("tail", "i8"),  # number of the oldest node kept
        # Number of the node at ring position 0, at most `tail` and less than a lap behind it: so no
        # number up to `head` is two laps away.
        ("base", "i8"),
        ("lap", "i8"),  # nodes that the ring has room for
        ("rows", "i8"),  # rows ever used
        ("free", "i8"),  # first free row, or NOBODY
        ("live", "i8"),  # sessions remembered
        ("changes", "i8"),  # entries in `changes`
        ("duplicates", "i8"),
        ("lateness", "i8"),  # ms
        ("keep", "i8"),  # ms behind the watermark that nodes and rows are kept
    ],
    align=True,
)

NOBODY = -1
WATCHING = 1  # flag: the last node's state is a watching one
OPEN = 2  # flag: it is believed until heard of again, its bridge has not run out
FORGOTTEN = 4  # flag: it cannot matter any more; the row waits to be taken out of its viewer's ring
FOREVER = 1 << 40  # the end, as a second, of an open session's last stretch

# Python has a name for it since 3.13. Elsewhere than on Linux addresses are free as they are.
_NORESERVE: Final[int] = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)


class Memory(NamedTuple):
    """The arrays; a tuple because compiled code takes it as it is."""

    rows: NDArray[Any]
    nodes: NDArray[Any]
    sessions: NDArray[np.uint64]  # open-addressing table of rows by session
    viewers: NDArray[np.uint64]  # the same by viewer: one of the viewer's rows
    wheel: NDArray[np.int32]  # first row to look at, by second modulo its length
    # [channel, second modulo length]: change of viewers, and of sessions, at that second
    viewer_steps: NDArray[np.int32]
    session_steps: NDArray[np.int32]
    # [2 * channel + 0 reported or 1 timeout, second modulo length]: ends at that second
    end_counts: NDArray[np.int32]
    changes: NDArray[Any]
    order: NDArray[np.int32]  # [channel]: its place in the order of names, for ties
    kinds: NDArray[np.int32]  # [channel]: the code under which its kind is counted; 0: none
    late: NDArray[np.int64]  # [channel]
    ends: NDArray[np.int64]  # [channel, 0 reported or 1 timeout]
    stretches: NDArray[np.int64]  # scratch: [5, (start, end, channel)], two before and three after
    scalars: NDArray[Any]


def room(n: int, kind: Any) -> NDArray[Any]:  # noqa: ANN401 - what numpy takes for a dtype
    """An array of at least n zeros; a large one has addresses for far more, see RESERVED.

    The system gives memory only to what is written to, so a large array grows where it stands, and
    all of its memory goes back when it is let go. Growing by copies would write a session's memory
    ten times until there is a million of them, and what copies leave behind the C library keeps.
    """
    kind = np.dtype(kind)
    size = n * kind.itemsize
    if size < LARGE:
        return np.zeros(n, kind)
    try:
        pages = _mapped(max(size, RESERVED))
    except OSError:  # a system that promises no more than it has
        pages = _mapped(size)
    if hasattr(mmap, "MADV_HUGEPAGE"):  # Linux; sessions are met in no order
        with contextlib.suppress(OSError):  # a kernel without large pages
            pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, kind, count=len(pages) // kind.itemsize)


def empty_table(n: int) -> NDArray[np.uint64]:
    """Of n slots, a power of two."""
    return room(n, np.uint64)[:n]


def in_use(array: NDArray[Any], n: int) -> int:
    """Bytes of an array of `room` of which n items have been written to."""
    return min(array.nbytes, max(n * array.itemsize, LARGE))


def _mapped(size: int) -> mmap.mmap:
    return mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NORESERVE)


def power_of_two(n: int) -> int:
    """The smallest power of two that is at least n."""
    return 1 << max(0, n - 1).bit_length()


def new_memory(lateness: int, keep: int, seconds: int) -> Memory:
    """An empty memory for `seconds` of provisional numbers; `lateness` and `keep` in ms."""
    scalars = np.zeros(1, SCALARS)
    scalars["free"] = NOBODY
    scalars["lap"] = 64
    scalars["lateness"] = lateness
    scalars["keep"] = keep
    around = power_of_two(seconds + 8)
    wheel = power_of_two(keep // 1000 + 16)
    return Memory(
        rows=np.zeros(64, ROW),
        nodes=np.zeros(64, NODE),
        sessions=np.zeros(128, np.uint64),
        viewers=np.zeros(128, np.uint64),
        wheel=np.full(wheel, NOBODY, np.int32),
        viewer_steps=np.zeros((1, around), np.int32),
        session_steps=np.zeros((1, around), np.int32),
        end_counts=np.zeros((2, around), np.int32),
        changes=np.zeros(4096, CHANGE),
        order=np.zeros(1, np.int32),
        kinds=np.zeros(1, np.int32),
        late=np.zeros(1, np.int64),
        ends=np.zeros((1, 2), np.int64),
        stretches=np.zeros((5, 3), np.int64),
        scalars=scalars,
    )


def grown_rows(memory: Memory, n: int) -> Memory:
    """Room for n more sessions."""
    used = int(memory.scalars["rows"][0])
    if used + n <= len(memory.rows):
        return memory
    rows = room(max(used + n, len(memory.rows) * 9 // 8), ROW)
    rows[:used] = memory.rows[:used]
    return memory._replace(rows=rows)


def grown_nodes(memory: Memory, n: int) -> Memory:
    """Room for n more reports: where the ring stands, or in a larger one."""
    scalars = memory.scalars[0]
    head, tail, base = int(scalars["head"]), int(scalars["tail"]), int(scalars["base"])
    lap = int(scalars["lap"])
    if head - tail + n <= lap:
        return memory
    larger = max(head - tail + n, lap * 9 // 8)
    nodes, first, more = memory.nodes, tail - base, larger - lap
    if larger > len(nodes):
        nodes = room(larger, NODE)
        nodes[:lap] = memory.nodes[:lap]
    if head - base > lap:
        # The ring goes on at its beginning: all from the oldest to the old end moves to the new
        # one, the last first, so that nothing is overwritten.
        for stop in range(lap, first, -more):
            start = max(first, stop - more)
            nodes[start + more : stop + more] = nodes[start:stop]
        scalars["base"] = base - more
    scalars["lap"] = larger
    return memory._replace(nodes=nodes)


def grown_channels(memory: Memory, names: list[str], kinds: list[int]) -> Memory:
    """Room for these channels, `*` first, and their kinds; the order of names decides ties."""
    have = len(memory.order)
    if have == len(names):
        return memory
    more = len(names) - have
    order = np.empty(len(names), np.int32)
    order[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names), dtype=np.int32)
    return memory._replace(
        viewer_steps=np.pad(memory.viewer_steps, ((0, more), (0, 0))),
        session_steps=np.pad(memory.session_steps, ((0, more), (0, 0))),
        end_counts=np.pad(memory.end_counts, ((0, 2 * more), (0, 0))),
        late=np.pad(memory.late, (0, more)),
        ends=np.pad(memory.ends, ((0, more), (0, 0))),
        order=order,
        kinds=np.array(kinds, np.int32),
    )
