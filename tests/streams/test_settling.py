"""What became final is stored by partition, all of it, however storage behaves meanwhile."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest

from audience.levels import Levels
from sinks.engine import Retry, Stop
from sinks.receipts import Happened, Stretch
from sinks.rows import Attended, LevelsOf
from streams.settling import Settling
from streams.watch import Settled
from tests.waiting import until

DATE = dt.date(2026, 11, 25)


@dataclass
class FakeStore:
    """Notes what is stored, in order; `trouble` may raise before anything is."""

    trouble: Callable[[str], None] = lambda _: None
    stored: list[tuple[str, object]] = field(default_factory=list)

    def insert_attendance(self, zone: str, day: dt.date, *attended: Attended) -> None:
        self._store("attendance", (zone, day, len(attended)))

    def insert_levels(self, *levels: LevelsOf) -> None:
        self._store("levels", [(each.partition, each.levels.first) for each in levels])

    def put_partition_progress(self, name: str, values: dict[int, int]) -> None:
        self._store(name, dict(values))

    @property
    def receipts(self) -> "FakeStore":
        return self

    def put_happened(self, by_source: dict[str, list[Happened]]) -> None:
        self._store("receipts", {source: len(happened) for source, happened in by_source.items()})

    def put_heard(self, stretches: dict[int, list[Stretch]], partitions: int) -> None:
        self._store("heard", (dict(stretches), partitions))

    def _store(self, what: str, value: object) -> None:
        self.trouble(what)
        self.stored.append((what, value))


def settled(until: int) -> Settled:
    nobody = np.zeros((1, 10), np.int32)
    attended = Attended(np.zeros((0, 2), np.uint64), np.zeros((0, 2), np.uint64), nobody[0], ["*"])
    return Settled(
        attended=[("UTC", DATE, attended)],
        levels=[(Levels(("*",), until - 9, nobody, nobody), np.full((1, 10), -1))],
        days=[],
        until=until,
        happened=[Happened("end", until, "tv", 1, "reported")],
        heard=[(1, until)],
    )


def settling(store: FakeStore) -> Settling:
    stands_in: Any = store
    return Settling(stands_in, 2, pause=0.01)


def test_partitions_are_stored_together_and_how_far_they_are_last_of_all() -> None:
    store = FakeStore()
    behind = settling(store)
    for partition, last in ((0, 10), (1, 12), (0, 20)):
        behind.put(partition, settled(last))
    behind.start()
    behind.stop()
    assert store.stored == [
        ("attendance", ("UTC", DATE, 3)),
        ("levels", [(0, 1), (1, 3), (0, 11)]),
        ("receipts", {"0": 2, "1": 1}),
        ("heard", ({0: [(1, 10), (1, 20)], 1: [(1, 12)]}, 2)),
        ("final", {0: 20, 1: 12}),
    ]
    assert [behind.final(partition) for partition in (0, 1, 2)] == [20, 12, None]
    assert behind.waiting == 0
    assert behind.failure is None


@pytest.mark.parametrize("where", ["attendance", "levels", "receipts", "heard", "final"])
def test_while_storage_is_away_nothing_is_dropped_and_nothing_said_to_be_stored(where: str) -> None:
    away = [True]

    def trouble(what: str) -> None:
        if what == where and away[0]:
            tried.append(what)
            raise Retry(what)

    tried: list[str] = []
    store = FakeStore(trouble)
    behind = settling(store)
    behind.put(0, settled(10))
    behind.start()
    until(lambda: len(tried) > 1)
    behind.put(0, settled(20))
    assert behind.final(0) is None
    away[0] = False
    until(lambda: behind.final(0) == 20)
    behind.stop()
    told = [cast("dict[int, int]", value)[0] for what, value in store.stored if what == "final"]
    assert all(before <= after for before, after in pairwise(told))
    levels = [value for what, value in store.stored if what == "levels"]
    assert {first for each in levels for _, first in cast("list[tuple[int, int]]", each)} == {1, 11}


def test_what_someone_must_correct_ends_it_and_is_told() -> None:
    def trouble(what: str) -> None:
        message = f"there is no table {what}"
        raise Stop(message)

    behind = settling(FakeStore(trouble))
    behind.put(0, settled(10))
    behind.start()
    until(lambda: behind.failure is not None)
    assert "there is no table attendance" in str(behind.failure)
    behind.stop()
    assert behind.final(0) is None


def test_what_never_began_can_be_stopped() -> None:
    settling(FakeStore()).stop()
