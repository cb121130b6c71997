"""Days by SQL, over what partitions stored, are the days of the definition; none is forgotten."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replace_rules
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from audience import definition
from audience.days import Day
from audience.figures import Figures
from audience.levels import Levels
from audience.reports import Report, to_columns
from audience.rules import Rules
from sinks.engine import Engine
from sinks.rows import LevelsOf
from sinks.store import Crowd, Store, StoredDay
from streams.closing import Closing, merged, stored_until
from streams.partition import Partition
from streams.settling import FINAL, store_parts
from tests import hostile
from tests.streams.partitions import Log

RULES = Rules()
PARTITIONS = 3
BERLIN, JAKARTA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Jakarta")
DAY = Day(dt.date(2026, 10, 25), BERLIN)  # 25 hours
TABLES = ("levels", "days", "attendance", "progress")


@dataclass
class Counted:
    """Partitions that are counted and stored by turns."""

    store: Store
    logs: Sequence[Log]
    until: dict[int, int] = field(default_factory=dict)

    def count(self, log: Log) -> None:
        """One record more, and what became final to storage."""
        log.count()
        counting = log.counting
        if counting is None:
            return
        counting.follow()
        for told in counting.tell():
            counting.told(told.final_until)
        if settled := counting.settle():
            self.until |= store_parts(self.store, [(log.number, settled)], PARTITIONS)
            self.store.put_partition_progress(FINAL, self.until)
        counting.trail(self.until.get(log.number, counting.since))


def emptied(engine: Engine) -> Store:
    for table in TABLES:
        engine.execute(f"TRUNCATE TABLE {table}")
    return Store(engine)


def logs_of(
    reports: Sequence[Report], size: int, zone: ZoneInfo, rules: Rules = RULES
) -> list[Log]:
    logs = [Log(number, rules, zones=[zone]) for number in range(PARTITIONS)]
    for log in logs:
        mine = [r for r in reports if int(r.viewer, 16) % PARTITIONS == log.number]
        log.records += [mine[at : at + size] for at in range(0, len(mine), size)]
        end = max(r.received for r in reports)
        log.records += range(end, end + 400_000, 100_000)
    return logs


def figures(days: Sequence[StoredDay], date: dt.date) -> Mapping[str, Figures]:
    return {each.channel: each.figures for each in days if each.day == date}


@settings(max_examples=20)
@given(
    day=st.sampled_from(hostile.DAYS),
    data=st.data(),
    size=st.integers(1, 9),
    kills=st.sets(st.tuples(st.integers(1, 12), st.integers(0, PARTITIONS - 1)), max_size=4),
    kinds=st.sampled_from(hostile.KINDS),
)
def test_days_are_the_definition_s_whatever_is_killed(
    chdb_engine: Engine,
    day: Day,
    data: st.DataObject,
    size: int,
    kills: set[tuple[int, int]],
    kinds: Mapping[str, str],
) -> None:
    around = data.draw(st.sampled_from([day.first, day.end])) * 1000
    reports = data.draw(hostile.arrivals(around))
    rules = replace_rules(RULES, day_starts=day.starts, kinds=kinds)
    counted = Counted(emptied(chdb_engine), logs_of(reports, size, day.zone, rules))
    closing = Closing(counted.store, [day.zone], PARTITIONS, rules=rules)
    turn = 0
    while any(log.read < len(log.records) for log in counted.logs):
        turn += 1
        for log in counted.logs:
            counted.count(log)
            if (turn, log.number) in kills:
                log.kill()
        if turn % 3 == 0:
            closing.close()
    closing.close()
    stored = counted.store.days(day.zone.key, day.date - dt.timedelta(1), day.next.date)
    final_until = stored_until(counted.store, PARTITIONS)
    assert final_until
    assert stored
    for each in {each.day for each in stored}:
        this = Day(each, day.zone, day.starts)
        assert this.seconds, "a date that never was has no figures"
        assert figures(stored, each) == definition.figures(reports, this, kinds)
        over = this.end <= final_until + 1
        assert {e.status for e in stored if e.day == each} == {"final" if over else "provisional"}


def test_who_begins_in_the_middle_tells_of_nobody_who_seems_to_have_watched_before() -> None:
    # Paused before; said without a state, it looks as if it played.
    begin = DAY.first * 1000 + 3_600_000
    seems = Report(t=begin, received=begin, viewer="a" * 32, session="b" * 32, channel="tv")
    quits = replace(seems, t=begin + 20_000, received=begin + 20_000, state="quit")
    partition = Partition(0, RULES, [BERLIN], first=5)
    for offset, report in enumerate((seems, quits), start=5):
        partition.take(offset, to_columns([report]))
    for offset, at in enumerate(range(begin + 20_000, begin + 720_000, 10_000), start=7):
        partition.pass_time(offset, at)
    partition.follow()
    settled = partition.settle()
    assert settled
    assert settled.until > partition.since > 0
    assert sum(len(each.channel) for _, _, each in settled.attended) == 0


@pytest.fixture
def store(engine: Engine) -> Store:
    return emptied(engine)


def one_watches(store: Store, first: int, seconds: int, partition: int = 0) -> None:
    counts = np.ones((2, seconds), np.int32)
    store.insert_levels(LevelsOf(Levels(("*", "tv"), first, counts, counts), partition))


def statuses(store: Store, zone: ZoneInfo) -> dict[str, str]:
    days = store.days(zone.key, dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    return {each.day.isoformat(): each.status for each in days if each.channel == "*"}


@pytest.mark.parametrize(("beyond", "status"), [(-2, "provisional"), (-1, "final")])
def test_a_day_is_final_from_its_last_second_on(store: Store, beyond: int, status: str) -> None:
    one_watches(store, DAY.first, 10)
    store.put_partition_progress(FINAL, {0: DAY.end + beyond, 1: DAY.end + 60})
    Closing(store, [BERLIN], 2).close()
    assert statuses(store, BERLIN)["2026-10-25"] == status


def test_one_partition_that_stored_nothing_holds_every_day_open(store: Store) -> None:
    one_watches(store, DAY.first, 10)
    store.put_partition_progress(FINAL, {0: DAY.end, 2: DAY.end})
    closing = Closing(store, [BERLIN], 3)
    closing.close()
    assert statuses(store, BERLIN) == {}
    assert closing.stored is None


def test_days_that_ended_while_nobody_was_there_are_closed_afterwards(store: Store) -> None:
    one_watches(store, DAY.first + 60, 10)
    store.put_partition_progress(FINAL, {0: DAY.first + 600})
    Closing(store, [BERLIN, JAKARTA], 1).close()
    one_watches(store, DAY.next.next.first, 5)
    store.put_partition_progress(FINAL, {0: DAY.next.next.first + 600})
    Closing(store, [BERLIN, JAKARTA], 1).close()
    assert statuses(store, BERLIN) == {
        "2026-10-25": "final",
        "2026-10-26": "final",
        "2026-10-27": "provisional",
    }
    assert statuses(store, JAKARTA) == {
        "2026-10-25": "final",
        "2026-10-26": "final",
        "2026-10-27": "provisional",
    }
    assert figures(store.days(BERLIN.key, DAY.date, DAY.next.date), DAY.next.date) == {
        "*": Figures.nobody(DAY.next)
    }
    day = figures(store.days(BERLIN.key, DAY.date, DAY.date), DAY.date)
    assert (day["tv"].seconds, day["tv"].watch_seconds) == (90_000, 10)


def test_a_day_that_another_installation_closed_is_left_as_it_is(store: Store) -> None:
    one_watches(store, DAY.first, 10)
    known = Figures(90_000, 5, DAY.first, 50, 5, 5)
    store.put_days(BERLIN.key, DAY.date, {"*": known}, "final", DAY.end * 1000)
    store.put_partition_progress(FINAL, {0: DAY.next.first + 10})
    Closing(store, [BERLIN], 1).close()
    assert figures(store.days(BERLIN.key, DAY.date, DAY.date), DAY.date) == {"*": known}
    assert statuses(store, BERLIN)["2026-10-26"] == "provisional"


def test_figures_so_far_grow_by_what_was_stored_since(store: Store) -> None:
    closing = Closing(store, [BERLIN], 1)
    for n in (10, 20, 30):
        one_watches(store, DAY.first + n - 10, 10)
        store.put_partition_progress(FINAL, {0: DAY.first + n - 1})
        closing.close()
        assert closing.stored
        assert closing.stored.until == DAY.first + n - 1
        crowd = closing.stored.days[BERLIN.key, DAY.date]["tv"]
        assert (crowd.peak_viewers, crowd.peak_at, crowd.watch_seconds) == (1, DAY.first, n)


@pytest.mark.parametrize(
    ("starts", "closed"),
    [(0, ["2011-12-29", "2011-12-31"]), (6, ["2011-12-29", "2011-12-30", "2011-12-31"])],
)
def test_a_date_that_never_was_is_not_closed(store: Store, starts: int, closed: list[str]) -> None:
    apia, rules = ZoneInfo("Pacific/Apia"), Rules(day_starts=starts)
    before = Day(dt.date(2011, 12, 29), apia, starts)
    one_watches(store, before.first, 10)
    store.put_partition_progress(FINAL, {0: before.next.end})
    Closing(store, [apia], 1, rules=rules).close()
    store.put_partition_progress(FINAL, {0: Day(dt.date(2012, 1, 1), apia, starts).first})
    Closing(store, [apia], 1, rules=rules).close()
    days = store.days(apia.key, dt.date(2011, 12, 1), dt.date(2012, 2, 1))
    assert [
        each.day.isoformat() for each in days if each.status == "final" and each.channel == "*"
    ] == closed


@pytest.mark.parametrize(
    ("before", "after", "together"),
    [
        (Crowd(5, 10, 50), Crowd(5, 20, 30), Crowd(5, 10, 80)),
        (Crowd(5, 10, 50), Crowd(6, 20, 30), Crowd(6, 20, 80)),
        (Crowd(5, 10, 50), None, Crowd(5, 10, 50)),
        (None, Crowd(6, 20, 30), Crowd(6, 20, 30)),
    ],
)
def test_of_equal_peaks_the_first_counts(
    before: Crowd | None, after: Crowd | None, together: Crowd
) -> None:
    parts = [{"tv": crowd} if crowd else {} for crowd in (before, after)]
    assert merged(*parts) == {"tv": together}
