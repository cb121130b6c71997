"""The rules that change a count: a report arrives, time passes. What they count with is elsewhere.

Almost every report goes on watching as its session did and changes no count (`goes_on`). The others
are put in their place in the session's chain, and the stretches of watching around that place are
exchanged for the new ones.
"""

import numpy as np

from audience.fold.chain import (
    before,
    compare,
    end_of,
    is_watching,
    last_of,
    place,
    second,
    state_of,
)
from audience.fold.compiled import entry, inner
from audience.fold.counting import change, exchange
from audience.fold.memory import FOREVER, NOBODY, OPEN, WATCHING, Memory
from audience.fold.rows import due_of, forget, new_row, schedule, unschedule
from audience.fold.table import find, hash_of, row_in
from audience.states import ENDED, UNNAMED

# mypy: disable-error-code="no-untyped-def"

ROOM = 64  # entries of `changes` that one report can need, with margin
STRIDE = 1024  # reports looked up together, so that the memory answers many at once


@inner
def append(m: Memory, t, seq, state, channel, interval, playhead) -> int:
    """A new node, not yet linked into a chain; its number."""
    number = m.scalars[0].head
    m.scalars[0].head += 1
    node = m.nodes[place(m, number)]
    node.t, node.seq, node.playhead = t, seq, playhead
    node.interval, node.channel, node.state = interval, channel, state
    node.back, node.lead, node.watching = 0, 0, 0
    return number


@inner
def is_bridged(t, interval, following_t) -> bool:
    """Whether a report at t is believed until the following one."""
    return following_t < t + 3 * interval


@inner
def count_end(m: Memory, channel, reason, at) -> None:
    """A session watched the channel until second `at`; reason 0: it said so, 1: it fell silent."""
    m.ends[channel, reason] += 1
    m.end_counts[2 * channel + reason, at & (m.end_counts.shape[1] - 1)] += 1


@inner
def become_last(m: Memory, r, t, state, channel, interval, number, watching) -> None:
    """The row's last node is now this one."""
    row = m.rows[r]
    was_open = row.flags & OPEN
    fresh = watching and m.scalars[0].watermark < t + 3 * interval
    earlier = fresh and (not was_open or interval < row.interval)
    if state >= ENDED and was_open:
        count_end(m, row.channel, 0, second(t))
    row.t, row.interval, row.channel, row.state = t, interval, channel, state
    row.last = number & 0xFFFFFFFF
    row.flags = (WATCHING if watching else 0) | (OPEN if fresh else 0)
    if earlier:
        unschedule(m, r)
        schedule(m, r, due_of(m, r))


@inner
def start(m: Memory, r, t, seq, state, channel, interval, playhead) -> None:
    """The first report of a session, as far as is remembered."""
    number = append(m, t, seq, state, channel, interval, playhead)
    watching = is_watching(state_of(t, state, playhead, False, m.nodes[place(m, number)]))
    m.nodes[place(m, number)].watching = watching
    become_last(m, r, t, state, channel, interval, number, watching)
    if watching:
        stop = end_of(t, interval, False, 0, m.rows[r].flags & OPEN)
        if second(t) < stop:
            change(m, r, second(t), stop, 0, channel)


@inner
def stretch(m: Memory, i, t, interval, channel, watching, followed, following_t, is_open) -> None:
    """Writes what a node says to scratch stretch i."""
    m.stretches[i, 0] = second(t) if watching else 0
    m.stretches[i, 1] = end_of(t, interval, followed, following_t, is_open) if watching else 0
    m.stretches[i, 2] = channel


@inner
def insert(m: Memory, r, t, seq, state, channel, interval, playhead) -> None:
    """A report of a known session takes its place in the total order.

    The stretches around it change.
    """
    p = last_of(m, r)
    if p == NOBODY:
        start(m, r, t, seq, state, channel, interval, playhead)
        return
    n = NOBODY  # the node after the report, and the one after that
    nn = NOBODY
    while p != NOBODY:
        order = compare(m, m.nodes[place(m, p)], t, seq, state, channel, interval, playhead)
        if order == 0:
            m.scalars[0].duplicates += 1
            return
        if order < 0:
            break
        nn, n = n, p
        p = before(m, p)
    was_open = m.rows[r].flags & OPEN
    x = append(m, t, seq, state, channel, interval, playhead)
    node = m.nodes[place(m, x)]
    previous = m.nodes[place(m, p if p != NOBODY else x)]
    following = m.nodes[place(m, n if n != NOBODY else x)]
    after = m.nodes[place(m, nn if nn != NOBODY else x)]
    if p != NOBODY:
        stretch(m, 0, previous.t, previous.interval, previous.channel, previous.watching,
                n != NOBODY, following.t, was_open)  # fmt: skip
        stretch(m, 2, previous.t, previous.interval, previous.channel, previous.watching,
                True, t, False)  # fmt: skip
        node.back = x - p
        if previous.watching and is_bridged(previous.t, previous.interval, t):
            node.lead = previous.channel
    else:
        m.stretches[0, 1] = m.stretches[0, 0] = m.stretches[2, 1] = m.stretches[2, 0] = 0
    node.watching = is_watching(state_of(t, state, playhead, p != NOBODY, previous))
    if n == NOBODY:
        m.stretches[1, 1] = m.stretches[1, 0] = m.stretches[4, 1] = m.stretches[4, 0] = 0
        become_last(m, r, t, state, channel, interval, x, node.watching)
    else:
        stretch(m, 1, following.t, following.interval, following.channel, following.watching,
                nn != NOBODY, after.t, was_open)  # fmt: skip
        follow(m, r, n, x, nn)
        stretch(m, 4, following.t, following.interval, following.channel, following.watching,
                nn != NOBODY, after.t, m.rows[r].flags & OPEN)  # fmt: skip
    stretch(m, 3, t, interval, channel, node.watching,
            n != NOBODY, following.t, m.rows[r].flags & OPEN)  # fmt: skip
    exchange(m, r, 2, 3)


@inner
def follow(m: Memory, r, n, x, nn) -> None:
    """Node x now stands before n: n's state and lead, and the lead of nn behind it, follow."""
    node, following = m.nodes[place(m, x)], m.nodes[place(m, n)]
    following.back = n - x
    following.lead = 0
    if node.watching and is_bridged(node.t, node.interval, following.t):
        following.lead = node.channel
    state = state_of(following.t, following.state, following.playhead, True, node)
    watching = is_watching(state)
    if watching == following.watching:
        return
    following.watching = watching
    if nn == NOBODY:
        row = m.rows[r]
        become_last(m, r, row.t, row.state, row.channel, row.interval, n, watching)
    else:
        after = m.nodes[place(m, nn)]
        after.lead = 0
        if watching and is_bridged(following.t, following.interval, after.t):
            after.lead = following.channel


@inner
def goes_on(m: Memory, r, t, seq, state, channel, interval, playhead) -> bool:
    """The usual report: in order, of an open session that goes on watching the same channel.

    True when it was that, and is counted.
    """
    row = m.rows[r]
    if not row.flags & OPEN or t <= row.t or t >= row.t + 3 * row.interval:
        return False
    if channel != row.channel or interval < row.interval:
        return False
    last = last_of(m, r)
    if not is_watching(state) and (
        state != UNNAMED
        or not is_watching(state_of(t, state, playhead, True, m.nodes[place(m, last)]))
    ):
        return False
    if m.scalars[0].watermark >= t + 3 * interval:
        return False
    number = append(m, t, seq, state, channel, interval, playhead)
    node = m.nodes[place(m, number)]
    node.back, node.lead, node.watching = number - last, channel, 1
    row.t, row.interval, row.state = t, interval, state
    row.last = number & 0xFFFFFFFF
    return True


@inner
def candidates(m: Memory, viewer, session, first, last, hashes, found) -> None:
    """Looks up the rows of reports first..last-1.

    In two passes without dependencies between reports, so that the memory answers many at once.
    """
    mask = np.uint64(len(m.sessions) - 1)
    for i in range(first, last):
        h = hash_of(viewer[i, 0], viewer[i, 1], session[i, 0], session[i, 1])
        hashes[i - first] = h
        slot = m.sessions[h & mask]
        found[i - first] = row_in(slot) if slot != 0 else NOBODY
    for i in range(first, last):
        r = found[i - first]
        if r != NOBODY:
            row = m.rows[r]
            if (
                row.session0 != session[i, 0]
                or row.session1 != session[i, 1]
                or row.viewer0 != viewer[i, 0]
                or row.viewer1 != viewer[i, 1]
            ):
                found[i - first] = NOBODY


@entry
def apply(
    m: Memory, t, viewer, session, channel, codes, state, playhead, interval, seq,
    first, last, hashes, found,
) -> int:  # fmt: skip
    """Takes reports first..last-1 (at most STRIDE), or fewer when `changes` is full.

    The number of the first one not taken. Reports further than the lateness behind the watermark
    are counted as late.
    """
    candidates(m, viewer, session, first, last, hashes, found)
    scalars = m.scalars[0]
    for i in range(first, last):
        if scalars.changes + ROOM > len(m.changes):
            return i
        code = codes[channel[i]]
        if t[i] < scalars.watermark - scalars.lateness:
            m.late[code] += 1
            continue
        h = hashes[i - first]
        r = found[i - first]
        v0, v1, s0, s1 = viewer[i, 0], viewer[i, 1], session[i, 0], session[i, 1]
        if r == NOBODY:
            r = find(m.sessions, m.rows, h, v0, v1, s0, s1, True)
        if r == NOBODY:
            r = new_row(m, h, v0, v1, s0, s1)
            m.rows[r].t, m.rows[r].interval = t[i], interval[i]
            schedule(m, r, due_of(m, r))
            start(m, r, t[i], seq[i], state[i], code, interval[i], playhead[i])
        elif not goes_on(m, r, t[i], seq[i], state[i], code, interval[i], playhead[i]):
            insert(m, r, t[i], seq[i], state[i], code, interval[i], playhead[i])
    return last


@inner
def run_out(m: Memory, r) -> None:
    """The bridge of an open session ran out unheard: the seconds after the tail are taken back."""
    row = m.rows[r]
    row.flags = WATCHING
    begin = second(row.t)
    stop = second(row.t + row.interval // 2)
    count_end(m, row.channel, 1, stop)
    change(m, r, max(begin, stop), FOREVER, row.channel, 0)


@inner
def pass_by(m: Memory, r, watermark) -> bool:
    """Looks at a row that is out of the timer wheel: whether it was forgotten."""
    due = due_of(m, r)
    if due <= watermark and m.rows[r].flags & OPEN:
        run_out(m, r)
        due = due_of(m, r)
    if due > watermark:
        return False
    forget(m, r)
    return True


@entry
def advance(m: Memory, watermark, at_once) -> bool:
    """Time passes: bridges run out, and what cannot matter any more is forgotten.

    Those that run out within the watermark's own second are left to a later call unless `at_once`:
    whoever looks wants them, and looking at that second for every few reports would cost more than
    the reports. False when `changes` is full: call again.
    """
    scalars = m.scalars[0]
    size = len(m.wheel)
    end = watermark // 1000 + (1 if at_once else 0)
    for s in range(max(scalars.watermark // 1000, end - size), end):
        bucket = s & (size - 1)
        r = m.wheel[bucket]
        m.wheel[bucket] = NOBODY
        while r != NOBODY:
            later = m.rows[r].later
            if scalars.changes + ROOM > len(m.changes):
                schedule(m, r, s * 1000)
            elif not pass_by(m, r, watermark):
                schedule(m, r, due_of(m, r))
            r = later
        if scalars.changes + ROOM > len(m.changes):
            return False
    scalars.watermark = watermark
    limit = watermark - scalars.keep
    while scalars.tail < scalars.head and m.nodes[place(m, scalars.tail)].t < limit:
        scalars.tail += 1
    if scalars.tail - scalars.base >= scalars.lap:
        scalars.base += scalars.lap
    return True


@entry
def unconfirmed(m: Memory, counts) -> None:
    """Adds open sessions past their interval to their channel's count, its kind's and counts[0]."""
    watermark = m.scalars[0].watermark
    for r in range(m.scalars[0].rows):
        row = m.rows[r]
        if row.flags & OPEN and row.t + row.interval <= watermark:
            counts[row.channel] += 1
            counts[0] += 1
            if m.kinds[row.channel] != 0:
                counts[m.kinds[row.channel]] += 1
