"""What counts as heard: whole seconds between signs that lie close enough together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.receipts import Stretch, united
from streams.hearing import DARK, Hearing

T = 1_795_000_000_000


def heard(*signs: int) -> list[Stretch]:
    hearing = Hearing()
    for sign in signs:
        hearing.pass_time(sign)
    return hearing.take()


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(DARK, [(T // 1000, T // 1000 + 10)]), (DARK + 1, [])],
)
def test_ten_seconds_between_two_signs_are_heard_and_a_millisecond_more_is_not(
    apart: int, expected: list[Stretch]
) -> None:
    assert heard(T, T + apart) == expected


def test_a_second_is_heard_only_whole() -> None:
    assert heard(T + 1, T + 1_999) == []
    assert heard(T + 1, T + 2_000) == [(T // 1000 + 1, T // 1000 + 2)]


def test_a_silence_ends_a_stretch_and_what_was_heard_before_stays() -> None:
    first = T // 1000
    assert heard(T, T + 5_000, T + 60_000, T + 63_000) == [
        (first, first + 5),
        (first + 60, first + 63),
    ]


def test_what_another_process_hears_is_another_stretch_however_soon_it_begins() -> None:
    hearing = Hearing()
    hearing.pass_time(T)
    hearing.pass_time(T + 3_000)
    hearing.interrupt()
    hearing.pass_time(T + 4_500)
    hearing.pass_time(T + 7_000)
    first = T // 1000
    assert hearing.take() == [(first, first + 3), (first + 5, first + 7)]


def test_a_stretch_is_told_again_only_when_it_grew() -> None:
    hearing = Hearing()
    hearing.pass_time(T)
    hearing.pass_time(T + 1_000)
    assert hearing.take() == [(T // 1000, T // 1000 + 1)]
    assert hearing.take() == []
    hearing.pass_time(T + 1_500)
    assert hearing.take() == []
    hearing.pass_time(T + 2_000)
    assert hearing.take() == [(T // 1000, T // 1000 + 2)]


def test_a_late_report_says_nothing_about_the_time_in_which_it_was_on_its_way() -> None:
    hearing = Hearing()
    hearing.pass_time(T + 60_000)
    hearing.hear(np.array([T, T + 61_000, T + 1_000]))
    assert hearing.take() == [(T // 1000 + 60, T // 1000 + 61)]


@given(st.lists(st.lists(st.integers(0, 60_000), min_size=1, max_size=5), max_size=6))
def test_receipts_in_a_record_are_signs_like_any_others(records: list[list[int]]) -> None:
    together, one_by_one = Hearing(), Hearing()
    told: list[Stretch] = []
    for receipts in records:
        together.hear(np.array(receipts, np.int64) + T)
        told += together.take()
        for receipt in sorted(receipts):
            one_by_one.pass_time(receipt + T)
    assert united(told) == united(one_by_one.take())
