"""Parts of a day add up, in memory that hangs on its seconds and channels and not on viewers."""

import datetime as dt
import tracemalloc
from zoneinfo import ZoneInfo

import pyarrow as pa

from audience.days import Day
from penonton.backfill.adding import CHANGES, Sum

DAY = Day(dt.date(2026, 10, 25), ZoneInfo("Europe/Berlin"))  # 25 hours
CHANNELS = ("*", "tv")


def part(first: int, step: int) -> pa.Table:
    """One viewer from each `step`th second on, for a second."""
    rows = [
        {"channel": name, "second": second, "viewers": n, "sessions": n, "reach": 0, "attended": 0}
        for name in CHANNELS
        for start in range(first, DAY.end - 1, step)
        for second, n in ((start, 1), (start + 1, -1))
    ]
    rows += [dict.fromkeys(CHANGES.names, 1) | {"channel": n, "second": first} for n in CHANNELS]
    rows += [dict.fromkeys(CHANGES.names, 0) | {"channel": n, "second": DAY.end} for n in CHANNELS]
    for name in ("viewers", "sessions"):
        rows[-1][name] = rows[-2][name] = -1
    return pa.Table.from_pylist(rows, CHANGES)


def test_parts_in_any_order_are_one_sum() -> None:
    parts = [part(DAY.first + n, 1_000 + n) for n in range(4)]
    there, back = Sum(DAY), Sum(DAY)
    for each in parts:
        there.add(each)
    for each in reversed(parts):
        back.add(each)
    found = there.figures()
    assert found == back.figures()
    levels = there.levels(DAY.first, DAY.end)
    assert levels.num_rows == there.watched
    rows = levels.to_pylist()
    for name in CHANNELS:
        mine = sum(row["viewers"] for row in rows if row["channel"] == name)
        assert mine == found[name].watch_seconds
        assert (found[name].reach, found[name].sessions) == (4, 4)


def test_nothing_added_is_nobody() -> None:
    total = Sum(DAY)
    total.add(CHANGES.empty_table())
    assert [each.watch_seconds for each in total.figures().values()] == [0]
    assert (total.watched, total.levels(DAY.first, DAY.end).num_rows) == (0, 0)


def test_a_part_more_takes_no_more_memory() -> None:
    total, again = Sum(DAY), part(DAY.first, 7)
    tracemalloc.start()
    try:
        taken = []
        for _ in range(12):
            tracemalloc.reset_peak()
            total.add(again)
            taken.append((tracemalloc.get_traced_memory()[1], pa.total_allocated_bytes()))
    finally:
        tracemalloc.stop()
    assert max(traced for traced, _ in taken[2:]) < 1.1 * taken[1][0]
    assert {arrow for _, arrow in taken[1:]} == {taken[1][1]}
