"""What receipts are made of comes back, however often it was written, from either engine."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience.days import Day
from sinks.engine import Engine
from sinks.receipts import Happened, Receipts, Restated, Stretch, heard_by_all, united
from sinks.rows import Restatement
from sinks.store import Store

DATE = dt.date(2026, 11, 25)
DAY = Day(DATE, ZoneInfo("Asia/Jakarta"))


@pytest.fixture
def receipts(engine: Engine) -> Receipts:
    for table in ("receipts", "heard", "erasures", "restatements"):
        engine.execute(f"TRUNCATE TABLE {table}")
    return Store(engine).receipts


def end(second: int, count: int, reason: str = "reported") -> Happened:
    return Happened("end", second, "tv", count, reason)


def test_what_happened_is_added_over_the_seconds_of_the_day_and_not_of_others(
    receipts: Receipts,
) -> None:
    at = (DAY.first - 1, DAY.first, DAY.end - 1, DAY.end)
    receipts.put_happened({"0": [end(second, 10**n) for n, second in enumerate(at)]})
    assert receipts.happened(DAY) == {("end", "reported", "tv"): 110}


def test_a_source_that_says_it_again_replaces_and_another_one_adds(receipts: Receipts) -> None:
    for _ in range(2):
        receipts.put_happened({"0": [end(DAY.first, 3)], "1": [end(DAY.first, 4)]})
    assert receipts.happened(DAY) == {("end", "reported", "tv"): 7}


def test_reports_that_came_too_late_at_different_times_are_all_counted(receipts: Receipts) -> None:
    late = [Happened("late", DAY.first, "tv", 2, at=DAY.end + n) for n in range(3)]
    for _ in range(2):
        receipts.put_happened({"0": late})
    assert receipts.happened(DAY) == {("late", "", "tv"): 6}


def test_a_day_that_nobody_wrote_down_as_heard_is_unknown_not_unheard(receipts: Receipts) -> None:
    assert receipts.heard(DAY) is None
    receipts.put_heard({0: [(DAY.first - 10, DAY.first)]}, 1)
    assert receipts.heard(DAY) is None
    receipts.put_heard({0: [(DAY.first, DAY.first + 1)]}, 1)
    assert receipts.heard(DAY) == 1


def test_a_stretch_that_grew_counts_once(receipts: Receipts) -> None:
    for length in (10, 30, 20):
        receipts.put_heard({0: [(DAY.first, DAY.first + length)]}, 1)
    assert receipts.heard(DAY) == 30


def test_a_second_is_heard_when_all_partitions_were(receipts: Receipts) -> None:
    first = DAY.first
    receipts.put_heard({0: [(first, first + 100)], 1: [(first + 50, first + 200)]}, 2)
    assert receipts.heard(DAY) == 50
    receipts.put_heard({0: [(first + 150, first + 160)]}, 2)
    assert receipts.heard(DAY) == 60


def test_a_partition_that_was_never_heard_leaves_no_second_heard(receipts: Receipts) -> None:
    receipts.put_heard({0: [(DAY.first, DAY.end)], 2: [(DAY.first, DAY.end)]}, 3)
    assert receipts.heard(DAY) == 0


def test_seconds_counted_in_another_number_of_partitions_are_heard_too(receipts: Receipts) -> None:
    first = DAY.first
    receipts.put_heard({0: [(first, first + 10)]}, 1)
    receipts.put_heard({0: [(first + 5, first + 30)], 1: [(first + 5, first + 20)]}, 2)
    assert receipts.heard(DAY) == 20


STRETCHES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6)


def seconds(stretches: list[Stretch]) -> set[int]:
    return {second for first, end in stretches for second in range(first, end)}


@given(st.lists(STRETCHES, min_size=1, max_size=4))
def test_seconds_heard_by_all_are_the_common_ones(partitions: list[list[Stretch]]) -> None:
    common = set.intersection(*map(seconds, partitions))
    heard = heard_by_all([united(each) for each in partitions])
    assert seconds(heard) == common
    assert sum(end - first for first, end in heard) == len(common)


def test_restatements_come_in_the_order_in_which_they_were_made(
    engine: Engine, receipts: Receipts
) -> None:
    for at, after in ((2_000, 7), (1_000, 6)):
        change = Restatement(DAY.zone.key, DATE, "tv", "reach", 5, after, "late reports")
        other = Restatement(DAY.zone.key, DATE, "radio", "reach", None, after, "late reports")
        Store(engine).put_restatements([change, other], at)
    assert receipts.restatements(DAY, "tv") == [
        Restated(1_000, "reach", 5, 6, "late reports"),
        Restated(2_000, "reach", 5, 7, "late reports"),
    ]


def test_a_day_is_marked_by_channel_and_only_that_day(receipts: Receipts) -> None:
    receipts.put_erasures([(DAY.zone.key, DATE, "*"), (DAY.zone.key, DATE, "tv")], 5_000)
    assert receipts.erasures(DAY) == {"*": 5_000, "tv": 5_000}
    assert receipts.erasures(DAY.next) == {}


def test_of_a_zone_never_marked_the_utc_days_tell(receipts: Receipts) -> None:
    receipts.put_erasures([("UTC", DATE, "tv"), ("Asia/Jakarta", DATE, "tv")], 5_000)
    tokyo = ZoneInfo("Asia/Tokyo")  # 9 hours ahead: two of its days reach into the UTC day
    assert [bool(receipts.erasures(Day(DATE + dt.timedelta(n), tokyo))) for n in (-1, 0, 1, 2)] == [
        False,
        True,
        True,
        False,
    ]
    assert receipts.erasures(DAY.next) == {}
