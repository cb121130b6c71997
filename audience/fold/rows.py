"""Rows come and go: in the tables that find them and in the wheel of seconds that looks at them."""

from audience.fold.compiled import inner
from audience.fold.memory import NOBODY, OPEN, Memory
from audience.fold.table import find, hash_of, put, remove, slot_of

# mypy: disable-error-code="no-untyped-def"


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
    """Frees a row that can no longer matter."""
    row = m.rows[r]
    h = hash_of(row.viewer0, row.viewer1, row.session0, row.session1)
    remove(m.sessions, slot_of(m.sessions, h, r))
    viewer_hash = hash_of(row.viewer0, row.viewer1, row.viewer0, row.viewer1)
    if row.sibling == r:
        remove(m.viewers, slot_of(m.viewers, viewer_hash, r))
    else:
        q = row.sibling
        while m.rows[q].sibling != r:
            q = m.rows[q].sibling
        m.rows[q].sibling = row.sibling
        known = find(m.viewers, m.rows, viewer_hash, row.viewer0, row.viewer1, 0, 0, False)
        if known == r:
            remove(m.viewers, slot_of(m.viewers, viewer_hash, r))
            put(m.viewers, viewer_hash, q)
    row.sibling = m.scalars[0].free
    m.scalars[0].free = r
    m.scalars[0].live -= 1
