"""What a change of one session does to the counts: sessions, viewers (rule 4), attendance."""

from audience.fold.chain import cover
from audience.fold.compiled import inner
from audience.fold.memory import FOREVER, FORGOTTEN, Memory

# mypy: disable-error-code="no-untyped-def"


@inner
def step(steps, channel, start, stop, sign) -> None:
    """Adds `sign` to the count of a channel from second `start` until `stop`."""
    around = steps.shape[1] - 1
    steps[channel, start & around] += sign
    if stop < FOREVER:
        steps[channel, stop & around] -= sign


@inner
def note(m: Memory, row, channel, at, sign) -> None:
    """Leaves word that the session watches the channel once more (or less) from this second on."""
    change = m.changes[m.scalars[0].changes]
    change.viewer0 = row.viewer0
    change.viewer1 = row.viewer1
    change.session0 = row.session0
    change.session1 = row.session1
    change.second = at
    change.channel = channel
    change.kind = m.kinds[channel]
    change.sign = sign
    m.scalars[0].changes += 1


@inner
def step_viewers(m: Memory, r, channel, start, stop, sign) -> None:
    """Counts the viewer where none of its other sessions watches the channel, kind or any (0)."""
    at = start
    while at < stop:
        end = at
        begin = stop
        q = m.rows[r].sibling
        while q != r and end < stop:
            if not m.rows[q].flags & FORGOTTEN:
                covered, next_begin = cover(m, q, channel, at)
                end = max(end, covered)
                begin = min(begin, next_begin)
            q = m.rows[q].sibling
        if end > at:
            at = end
        else:
            step(m.viewer_steps, channel, at, begin, sign)
            at = begin


@inner
def watch(m: Memory, r, channel, start, stop, sign) -> None:
    """The session watches this channel from second `start` until `stop` (sign 1), or not (-1)."""
    row = m.rows[r]
    step(m.session_steps, channel, start, stop, sign)
    if row.sibling == r:
        step(m.viewer_steps, channel, start, stop, sign)
    else:
        step_viewers(m, r, channel, start, stop, sign)
    note(m, row, channel, start, sign)
    if stop < FOREVER:
        note(m, row, channel, stop, -sign)


@inner
def watch_group(m: Memory, r, group, start, stop, sign) -> None:
    """The same for watching any channel of a kind, or any at all (0)."""
    step(m.session_steps, group, start, stop, sign)
    if m.rows[r].sibling == r:
        step(m.viewer_steps, group, start, stop, sign)
    else:
        step_viewers(m, r, group, start, stop, sign)


@inner
def change(m: Memory, r, start, stop, was, now) -> None:
    """From second `start` until `stop` the session watched channel `was` and now watches `now`.

    Channel 0: none.
    """
    if was != 0:
        watch(m, r, was, start, stop, -1)
    if now != 0:
        watch(m, r, now, start, stop, 1)
    if was == 0:
        watch_group(m, r, 0, start, stop, 1)
    if now == 0:
        watch_group(m, r, 0, start, stop, -1)
    was_kind, now_kind = m.kinds[was], m.kinds[now]
    if was_kind != now_kind:
        if was_kind != 0:
            watch_group(m, r, was_kind, start, stop, -1)
        if now_kind != 0:
            watch_group(m, r, now_kind, start, stop, 1)


@inner
def watched_at(m: Memory, first, last, at) -> tuple[int, int]:
    """The channel that the scratch stretches first..last-1 watch at a second (0: none).

    With the next second at which that may change.
    """
    until = FOREVER
    for i in range(first, last):
        start, stop = m.stretches[i, 0], m.stretches[i, 1]
        if start <= at < stop:
            return m.stretches[i, 2], stop
        if start < stop and at < start:
            until = min(until, start)
    return 0, until


@inner
def exchange(m: Memory, r, before, after) -> None:
    """The session's scratch stretches 0..before-1 are replaced by those from 2 to 2+after-1."""
    at = FOREVER
    for i in range(5):
        is_one = i < before or 2 <= i < 2 + after  # noqa: PLR2004 - at 2 the new ones begin
        if is_one and m.stretches[i, 0] < m.stretches[i, 1]:
            at = min(at, m.stretches[i, 0])
    while at < FOREVER:
        was, was_until = watched_at(m, 0, before, at)
        now, now_until = watched_at(m, 2, 2 + after, at)
        until = min(was_until, now_until)
        if was != now:
            change(m, r, at, until, was, now)
        at = until
