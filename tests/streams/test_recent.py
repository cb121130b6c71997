"""The last hour: what is known, what is not, and nothing in between."""

import numpy as np

from audience.levels import Levels
from streams.recent import SPAN, Recent

T = 1_795_600_000


def levels(first: int, *viewers: int, channels: tuple[str, ...] = ("*", "tv")) -> Levels:
    counts = np.tile(np.array(viewers, np.int32), (len(channels), 1))
    return Levels(channels, first, counts, counts * 2)


def recent() -> Recent:
    return Recent(first=T).after([levels(T, 1, 2, 3)], levels(T + 3, 4, 5))


def test_seconds_come_in_order_final_ones_before_provisional_ones() -> None:
    assert list(recent().counts("tv", T, T + 99)) == [
        (T, 1, 2, True),
        (T + 1, 2, 4, True),
        (T + 2, 3, 6, True),
        (T + 3, 4, 8, False),
        (T + 4, 5, 10, False),
    ]


def test_bounds_are_first_included_and_end_excluded() -> None:
    assert [second for second, *_ in recent().counts("*", T + 1, T + 4)] == [T + 1, T + 2, T + 3]


def test_seconds_of_nobody_and_channels_never_heard_of_are_left_out() -> None:
    assert list(Recent(T).after([], levels(T, 0, 1)).counts("tv", T, T + 2)) == [
        (T + 1, 1, 2, False)
    ]
    assert list(recent().counts("radio", T, T + 9)) == []


def test_what_is_before_the_first_and_behind_the_last_second_is_unknown() -> None:
    assert recent().peaks("tv", T - 2, 1, 9) == [None, None, 1, 2, 3, 4, 5, None, None]


def test_a_known_second_without_a_block_was_watched_by_nobody() -> None:
    apart = Recent(T).after([levels(T, 1)], levels(T + 3, 4))
    assert apart.peaks("tv", T, 1, 4) == [1, 0, 0, 4]
    assert apart.peaks("radio", T, 1, 4) == [0, 0, 0, 0]


def test_a_step_shows_its_highest_second() -> None:
    assert recent().peaks("tv", T - 1, 3, 2) == [2, 5]


def test_of_the_time_without_a_collector_nothing_is_known() -> None:
    dark = Recent(T, dark=[(T + 1, T + 3)]).after([levels(T, 1, 0, 0)], levels(T + 3, 4))
    assert dark.peaks("tv", T, 1, 4) == [1, None, None, 4]


def test_what_is_older_than_the_span_is_let_go() -> None:
    late = recent().after([], levels(T + SPAN + 1, 1, 1))
    assert late.first == T + 3
    assert list(late.counts("tv", T, T + 9)) == []


def test_small_blocks_become_minutes_without_losing_a_second() -> None:
    grown = Recent(T)
    for n in range(150):
        grown = grown.after([levels(T + n, n + 1)], levels(T + n + 1, 0))
    assert len(grown.final) == 3
    assert [viewers for _, viewers, *_ in grown.counts("tv", T, T + 150)] == list(range(1, 151))
