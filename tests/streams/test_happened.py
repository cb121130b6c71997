"""What receipts are made of: noted once, whatever is killed and counted again."""

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from audience.days import Day
from audience.reports import Report, to_columns
from audience.rules import Rules
from audience.states import State
from sinks.engine import Engine
from sinks.receipts import Happened, Receipts
from sinks.store import Store
from streams.watch import Watch
from tests import hostile
from tests.streams.partitions import Log

RULES = Rules()
DAY = Day(dt.date(2026, 11, 25), ZoneInfo("Asia/Jakarta"))
NOON = (DAY.first + 43_200) * 1000
ZONES = [DAY.zone]


def report(t: int, state: State = "playing", received: int | None = None, who: int = 1) -> Report:
    return Report(
        t=NOON + t,
        viewer=f"{who:032x}",
        session=f"{who:032x}",
        channel="tv",
        state=state,
        received=NOON + (t if received is None else received),
    )


def happened(watch: Watch) -> list[Happened]:
    watch.follow()
    return list(watch.settle().happened)


def test_an_end_lies_where_the_session_stopped_watching_and_says_how() -> None:
    watch = Watch(RULES, ZONES)
    watch.take(to_columns([report(0), report(0, who=2), report(5_000, "quit")]))
    watch.pass_time(NOON + 5_000 + RULES.settling - 1)
    assert happened(watch) == []
    watch.pass_time(NOON + 5_000 + RULES.settling)
    assert happened(watch) == [Happened("end", NOON // 1000 + 5, "tv", 1, "reported")]
    watch.pass_time(NOON + 15_000 + RULES.settling)
    assert happened(watch) == [Happened("end", NOON // 1000 + 15, "tv", 1, "timeout")]
    assert happened(watch) == []


def test_a_pause_is_no_end() -> None:
    watch = Watch(RULES, ZONES)
    watch.take(to_columns([report(0), report(5_000, "paused"), report(9_000, "quit")]))
    watch.pass_time(NOON + 3_600_000)
    assert happened(watch) == []


def test_a_late_report_belongs_to_its_own_second_and_says_when_it_came() -> None:
    watch = Watch(RULES, ZONES)
    now = RULES.lateness + 60_000
    watch.take(to_columns([report(now, who=2)]))
    watch.take(to_columns([report(59_999, received=now), report(60_000, received=now)]))
    watch.pass_time(NOON + now + RULES.settling)
    at = (NOON + now) // 1000
    late = [each for each in happened(watch) if each.what == "late"]
    assert late == [Happened("late", NOON // 1000 + 59, "tv", 1, at=at)]


def times(receipts: Receipts, day: Day) -> dict[tuple[str, str, str], int]:
    days = (Day(day.date - dt.timedelta(1), day.zone), day, day.next)
    total: Counter[tuple[str, str, str]] = Counter()
    for each in days:
        total.update(receipts.happened(each))
    return dict(total)


def counted(store: Store, log: Log, kills: set[int]) -> None:
    """Counts a partition to its end, and stores by turns; killed after some of the records."""
    until: int | None = None
    turn = 0
    while log.read < len(log.records):
        turn += 1
        log.count()
        assert log.counting
        log.counting.follow()
        for told in log.counting.tell():
            log.counting.told(told.final_until)
        settled = log.counting.settle() if turn % 2 else None
        if settled:
            store.receipts.put_happened({"0": settled.happened})
            until = settled.until
        log.counting.trail(log.counting.since if until is None else until)
        if turn in kills:
            log.kill()
    assert log.counting
    settled = log.counting.settle()
    assert settled
    store.receipts.put_happened({"0": settled.happened})


@settings(max_examples=25)
@given(
    day=st.sampled_from(hostile.DAYS),
    data=st.data(),
    size=st.integers(1, 9),
    kills=st.sets(st.integers(1, 20), min_size=1, max_size=4),
)
def test_what_happened_is_the_same_whatever_is_killed(
    chdb_engine: Engine, day: Day, data: st.DataObject, size: int, kills: set[int]
) -> None:
    reports = data.draw(hostile.arrivals(day.first * 1000))
    records = [reports[at : at + size] for at in range(0, len(reports), size)]
    end = max(report.received for report in reports)
    found = []
    store = Store(chdb_engine)
    for killed in (set(), kills):
        chdb_engine.execute("TRUNCATE TABLE receipts")
        log = Log(0, RULES, zones=[day.zone])
        log.records += [*records, *range(end, end + 400_000, 100_000)]
        counted(store, log, killed)
        found.append(times(store.receipts, day))
    assert found[0] == found[1]
