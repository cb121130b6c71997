"""Days close by themselves: after a night in which nothing ran, and in a zone that is new."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from audience.days import Day
from sinks import definition
from sinks.engine import Engine
from sinks.store import Store
from streams import local
from streams.closing import CLOSED, Closing
from streams.settling import FINAL
from tests.receipts.days import DAY, RULES, ZONE, emptied, process, report

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "TICK", 0.005)


@pytest.fixture
def store(chdb_engine: Engine) -> Iterator[Store]:
    yield emptied(chdb_engine)
    emptied(chdb_engine)


def stands(store: Store, day: Day) -> dict[str, object]:
    found = store.days(day.zone.key, day.date, day.date)
    assert {each.status for each in found} == {"final"}
    return {each.channel: each.figures for each in found}


def test_days_that_ended_while_nothing_ran_close_when_something_does(
    chdb_engine: Engine, store: Store, tmp_path: Path
) -> None:
    with process(tmp_path, store, 86_340) as before:  # a minute before midnight
        before.receive(report(86_340), report(86_340, who=2, channel="radio"))
        before.pass_to(86_370)
        before.receive(report(86_370), report(86_370, "quit", who=2))
        before.pass_to(86_390)
    assert not [each for each in store.days(ZONE.key, DAY.date, DAY.date) if each.status == "final"]
    with process(tmp_path, store, 3 * 86_400 + 300) as after:
        after.pass_to(3 * 86_400 + 305)
    for day in (DAY, DAY.next, DAY.next.next):
        (expected,) = definition.figures(chdb_engine, "reports", [day], RULES)
        assert stands(store, day) == expected
    assert [each.status for each in store.days(ZONE.key, after_(3), after_(3))] == ["provisional"]


def after_(days: int) -> dt.date:
    day = DAY
    for _ in range(days):
        day = day.next
    return day.date


def test_the_day_in_which_a_zone_is_added_has_all_who_watched_in_it(
    chdb_engine: Engine, store: Store, tmp_path: Path
) -> None:
    with process(tmp_path, store, 100) as alone:
        alone.receive(report(100), report(100, who=2, channel="radio"))
        alone.pass_to(110)
        alone.receive(report(110, "quit"), report(110, "quit", who=2))
        alone.pass_to(400)
    day = Day.of(DAY.first + 100, TOKYO)
    zones = (ZONE, TOKYO)
    with process(tmp_path, store, 405, zones) as both:
        both.receive(report(405, who=3))
        both.pass_to(410)
    with process(tmp_path, store, day.end - DAY.first + 300, zones) as later:
        later.pass_to(day.end - DAY.first + 305)
    (expected,) = definition.figures(chdb_engine, "reports", [day], RULES)
    assert expected["*"].reach == 3
    assert stands(store, day) == expected


def test_a_zone_that_was_away_counts_the_day_in_which_it_is_back(
    chdb_engine: Engine, store: Store, tmp_path: Path
) -> None:
    with process(tmp_path, store, 100, (ZONE, TOKYO)) as both:
        both.pass_to(105)
    with process(tmp_path, store, 106) as alone:
        alone.receive(report(106))
        alone.pass_to(400)
    day = Day.of(DAY.first + 100, TOKYO)
    with process(tmp_path, store, day.end - DAY.first + 300, (ZONE, TOKYO)) as later:
        later.pass_to(day.end - DAY.first + 305)
    (expected,) = definition.figures(chdb_engine, "reports", [day], RULES)
    assert stands(store, day) == expected


def test_in_a_cluster_a_new_zone_begins_with_its_present_day_and_all_who_watched_in_it(
    chdb_engine: Engine, store: Store, tmp_path: Path
) -> None:
    with process(tmp_path, store, 100) as counting:
        counting.receive(report(100), report(100, who=2))
        counting.pass_to(400)
    final = store.progress(FINAL)
    assert final is not None
    store.put_partition_progress(FINAL, {0: final})
    closing = Closing(store, [ZONE, TOKYO], 1, rules=RULES)
    closing.close()
    day = Day.of(final + 1, TOKYO)
    assert store.progress(f"{CLOSED}/{TOKYO.key}") == day.first
    (expected,) = definition.figures(chdb_engine, "reports", [day], RULES)
    found = {each.channel: each.figures for each in store.days(TOKYO.key, day.date, day.date)}
    assert {name: each.reach for name, each in found.items()} == {
        name: each.reach for name, each in expected.items()
    }
    assert len(store.days(TOKYO.key, DAY.date.replace(day=1), DAY.date)) == len(found)
