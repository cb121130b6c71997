"""Rows come and go: in the tables that find them and in the wheel of seconds that looks at them."""

from audience.fold.compiled import inner
from audience.fold.memory import FORGOTTEN, NOBODY, OPEN, Memory
from audience.fold.table import find, hash_of, put, remove, slot_for, slot_of

# mypy: disable-error-code="no-untyped-def"

PACE = 4  # rows of a ring, not forgotten, that a sweep goes on by


@inner
def schedule(m: Memory, r, due) -> None:
    """Enters a row in the timer wheel, to be looked at when the watermark reaches `due` (ms)."""
    bucket = (due // 1000) & (len(m.wheel) - 1)
    first = m.wheel[bucket]
    m.rows[r].later = first
    m.rows[r].sooner = -2 - bucket
    if first != NOBODY:
        m.rows[first].sooner = r
    m.wheel[bucket] = r


@inner
def unschedule(m: Memory, r) -> None:
    """Takes a row out of the timer wheel."""
    later, sooner = m.rows[r].later, m.rows[r].sooner
    if sooner >= 0:
        m.rows[sooner].later = later
    else:
        m.wheel[-2 - sooner] = later
    if later != NOBODY:
        m.rows[later].sooner = sooner


@inner
def due_of(m: Memory, r) -> int:
    """When (ms) an unheard row must be looked at: its bridge runs out, or it may be forgotten."""
    row = m.rows[r]
    return row.t + 3 * row.interval if row.flags & OPEN else row.t + m.scalars[0].keep


@inner
def new_row(m: Memory, h, v0, v1, s0, s1) -> int:
    """A row for a session not seen before, or forgotten."""
    if m.scalars[0].free != NOBODY:
        r = m.scalars[0].free
        m.scalars[0].free = m.rows[r].sibling
    else:
        r = m.scalars[0].rows
        m.scalars[0].rows += 1
    row = m.rows[r]
    row.viewer0, row.viewer1, row.session0, row.session1 = v0, v1, s0, s1
    row.flags = 0
    put(m.sessions, h, r)
    viewer_hash = hash_of(v0, v1, v0, v1)
    sibling = find(m.viewers, m.rows, viewer_hash, v0, v1, s0, s1, False)
    if sibling == NOBODY:
        row.sibling = r
        put(m.viewers, viewer_hash, r)
    else:
        row.sibling = m.rows[sibling].sibling
        m.rows[sibling].sibling = r
    m.scalars[0].live += 1
    return r


@inner
def forget(m: Memory, r) -> None:
    """Lets go of a row that can no longer matter."""
    row = m.rows[r]
    h = hash_of(row.viewer0, row.viewer1, row.session0, row.session1)
    remove(m.sessions, slot_of(m.sessions, h, r))
    row.flags = FORGOTTEN
    m.scalars[0].live -= 1
    sweep(m, r)


@inner
def sweep(m: Memory, r) -> None:
    """Takes forgotten rows out of the ring of row r's viewer, up to the PACE-th row that is not.

    A ring knows no way back: to look for the row before r would take as long as the viewer has
    sessions, and so for each of them. The next sweep begins where this one ended; so of every few
    sessions that are remembered at most one is forgotten and still there.
    """
    viewer0, viewer1 = m.rows[r].viewer0, m.rows[r].viewer1
    h = hash_of(viewer0, viewer1, viewer0, viewer1)
    known = find(m.viewers, m.rows, h, viewer0, viewer1, 0, 0, False)
    q = known
    passed = 0
    while passed < PACE and m.rows[q].sibling != q:
        following = m.rows[q].sibling
        if m.rows[following].flags & FORGOTTEN:
            m.rows[q].sibling = m.rows[following].sibling
            free(m, following)
        else:
            q = following
            passed += 1
    slot = slot_of(m.viewers, h, known)
    if m.rows[q].flags & FORGOTTEN:  # then it is the only one
        remove(m.viewers, slot)
        free(m, q)
    elif q != known:
        m.viewers[slot] = slot_for(h, q)


@inner
def free(m: Memory, r) -> None:
    """The row can be used for another session."""
    m.rows[r].sibling = m.scalars[0].free
    m.scalars[0].free = r
