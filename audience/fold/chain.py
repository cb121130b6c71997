"""A session's reports in the total order (rules 1 to 3), one node at a time."""

from audience.fold.compiled import inner
from audience.fold.memory import FOREVER, NOBODY, OPEN, WATCHING, Memory
from audience.rules import whole_second
from audience.states import FIRST_WATCHING, LAST_WATCHING, PAUSED, PLAYING, UNNAMED

# mypy: disable-error-code="no-untyped-def"

second = inner(whole_second)


@inner
def place(m: Memory, number) -> int:
    """Where in the ring the node with this number stands."""
    at = number - m.scalars[0].base
    if at >= m.scalars[0].lap:
        at -= m.scalars[0].lap
    return at


@inner
def last_of(m: Memory, r) -> int:
    """The number of a row's last node, or NOBODY when it is forgotten."""
    number = m.scalars[0].head - ((m.scalars[0].head - m.rows[r].last) & 0xFFFFFFFF)
    return number if number >= m.scalars[0].tail else NOBODY


@inner
def before(m: Memory, number) -> int:
    """The number of the node before this one in its session, or NOBODY: none, or forgotten.

    Nothing that is forgotten could matter: a report that can still arrive lies more than the
    longest bridge behind it.
    """
    back = m.nodes[place(m, number)].back
    if back == 0 or number - back < m.scalars[0].tail:
        return NOBODY
    return number - back


@inner
def compare(  # noqa: PLR0911 - a line for each part of rule 1
    m: Memory, node, t, seq, state, channel, interval, playhead
) -> int:
    """Rule 1: -1, 0 or 1 as the node is before, the same as, or after this report."""
    if node.t != t:
        return -1 if node.t < t else 1
    if node.seq != seq:
        return -1 if node.seq < seq else 1
    if node.state != state:
        return -1 if node.state < state else 1
    if node.channel != channel:
        return -1 if m.order[node.channel] < m.order[channel] else 1
    if node.interval != interval:
        return -1 if node.interval < interval else 1
    if node.playhead != playhead:
        return -1 if node.playhead < playhead else 1
    return 0


@inner
def state_of(t, state, playhead, known, previous) -> int:
    """Rule 2: the state of a report; `previous` is the node before it where `known`."""
    if state != UNNAMED:
        return state
    if not known or t >= previous.t + 3 * previous.interval:
        return PLAYING
    if playhead < 0 or previous.playhead < 0:
        return previous.state if previous.state != UNNAMED else PLAYING
    if playhead != previous.playhead:
        return PLAYING
    return previous.state if previous.state != UNNAMED else PAUSED


@inner
def is_watching(state) -> int:
    """Whether a state is a watching one, as 0 or 1."""
    return 1 if FIRST_WATCHING <= state <= LAST_WATCHING else 0


@inner
def end_of(t, interval, followed, following_t, is_open) -> int:
    """Rule 3: the second from which what a report at t says is no longer believed."""
    if followed:
        return second(following_t if following_t < t + 3 * interval else t + interval // 2)
    return FOREVER if is_open else second(t + interval // 2)


@inner
def counts_as(m: Memory, watched, channel) -> bool:
    """Rule 4: whether who watches the first watches the second, a channel, a kind or any (0)."""
    return channel == 0 or watched == channel or m.kinds[watched] == channel  # noqa: PLR1714 - fast


@inner
def cover(m: Memory, r, channel, at) -> tuple[int, int]:
    """Until when row r watches the channel, or kind, or any (0), from second `at` on.

    And when it next begins to.

    Until `at` itself: it does not watch then. It begins FOREVER: not again.
    """
    end = at
    begin = FOREVER
    row = m.rows[r]
    n = last_of(m, r)
    if n == NOBODY:
        return end, begin
    if row.flags & WATCHING and counts_as(m, row.channel, channel):
        start = second(row.t)
        stop = end_of(row.t, row.interval, False, 0, row.flags & OPEN)
        if start <= at < stop:
            end = stop
        elif at < start < stop:
            begin = start
    while True:
        node = m.nodes[place(m, n)]
        p = before(m, n)
        start = -FOREVER
        stop = -FOREVER
        watched = 0
        if p != NOBODY:
            start = second(m.nodes[place(m, p)].t)
        if node.lead != 0:
            watched = node.lead
            stop = second(node.t)
        elif p != NOBODY and m.nodes[place(m, p)].watching:
            previous = m.nodes[place(m, p)]
            watched = previous.channel
            stop = second(previous.t + previous.interval // 2)
        if watched != 0 and counts_as(m, watched, channel):
            if start <= at < stop:
                end = max(end, stop)
            elif at < start < stop:
                begin = start
        if p == NOBODY or start <= at:
            return end, begin
        n = p
