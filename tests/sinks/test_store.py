"""What is stored comes back, however often it was written, from either engine."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from msgspec import structs

from audience.days import Day
from audience.figures import Figures
from audience.levels import Levels
from audience.reports import Report, halves
from sinks.engine import Engine, Stop
from sinks.migrate import migrate, migrations
from sinks.rows import Attended, LevelsOf, Restatement
from sinks.store import Crowd, Store, StoredDay
from tests.sinks.rows import log_batch

JAKARTA = "Asia/Jakarta"
DATE = dt.date(2026, 11, 25)
DAY = Day(DATE, ZoneInfo(JAKARTA))
REPORT = Report(
    t=1_795_000_000_123,
    viewer="0123456789abcdef" * 2,
    session="ff" * 16,
    channel="tv.1",
    state="playing",
    playhead=1.5,
    seq=7,
    received=1_795_000_001_000,
    clock="server",
    protocol="cmcd",
    platform="web",
    app="it's\\odd\n",
    country="ID",
)


@pytest.fixture
def store(engine: Engine) -> Store:
    for table in ("reports", "levels", "days", "attendance", "restatements", "progress"):
        engine.execute(f"TRUNCATE TABLE {table}")
    return Store(engine)


def levels(
    first: int, viewers: list[list[int]], channels: tuple[str, ...] = ("*", "tv.1")
) -> Levels:
    counts = np.array(viewers, np.int32)
    return Levels(channels=channels, first=first, viewers=counts, sessions=2 * counts)


def test_a_report_keeps_every_field(engine: Engine, store: Store) -> None:
    store.insert_reports(log_batch([REPORT]))
    found = engine.query(
        "SELECT toUnixTimestamp64Milli(t) AS t, lower(hex(viewer)) AS viewer,"
        " lower(hex(session)) AS session, channel, toString(state) AS state, playhead, interval,"
        " seq, toUnixTimestamp64Milli(received) AS received, toString(clock) AS clock, protocol,"
        " platform, app, country FROM reports"
    )
    assert [Report(**row) for row in found.to_pylist()] == [REPORT]


def test_the_same_reports_written_twice_are_stored_once(engine: Engine, store: Store) -> None:
    unnamed = Report(t=REPORT.t, viewer=REPORT.viewer, session=REPORT.session, channel="tv.1")
    for _ in range(2):
        store.insert_reports(log_batch([REPORT, unnamed]))
    assert engine.query("SELECT count() AS n FROM reports FINAL")["n"].to_pylist() == [2]


def test_levels_come_back_by_second_and_seconds_of_nobody_are_left_out(store: Store) -> None:
    store.insert_levels(LevelsOf(levels(DAY.first, [[3, 0, 2], [1, 0, 0]])))
    assert store.levels("*", DAY.first, DAY.first + 3).to_pylist() == [
        {"second": DAY.first, "viewers": 3, "sessions": 6},
        {"second": DAY.first + 2, "viewers": 2, "sessions": 4},
    ]


def test_the_end_of_a_stretch_of_levels_is_not_in_it(store: Store) -> None:
    store.insert_levels(LevelsOf(levels(DAY.first, [[3, 4, 2], [1, 1, 1]])))
    found = store.levels("*", DAY.first + 1, DAY.first + 2)
    assert found["second"].to_pylist() == [DAY.first + 1]


def test_levels_add_up_over_partitions_and_a_replay_adds_nothing(store: Store) -> None:
    old = levels(DAY.first, [[3], [1]])
    store.insert_levels(LevelsOf(old), LevelsOf(old, partition=1))
    store.insert_levels(LevelsOf(old, partition=1))
    assert store.levels("tv.1", DAY.first, DAY.end)["viewers"].to_pylist() == [2]


def test_a_replay_that_does_not_know_what_was_shown_leaves_it(engine: Engine, store: Store) -> None:
    shown = np.array([[5, 4, -1], [2, -1, -1]])
    store.insert_levels(LevelsOf(levels(DAY.first, [[3, 0, 2], [1, 0, 0]]), shown=shown))
    store.insert_levels(LevelsOf(levels(DAY.first, [[3, 0, 2], [1, 0, 0]])))
    found = engine.query(
        "SELECT viewers, shown_viewers AS shown FROM levels FINAL ORDER BY channel, second"
    )
    assert [tuple(row.values()) for row in found.to_pylist()] == [(3, 5), (0, 4), (2, None), (1, 2)]


def test_crowds_have_the_first_second_of_the_peak(store: Store) -> None:
    store.insert_levels(LevelsOf(levels(DAY.first, [[1, 3, 3, 2], [1, 0, 0, 0]])))
    store.insert_levels(LevelsOf(levels(DAY.first, [[1, 0, 0, 1], [0, 0, 0, 0]]), partition=1))
    assert store.crowds(DAY.first, DAY.end) == {
        "*": Crowd(peak_viewers=3, peak_at=DAY.first + 1, watch_seconds=11),
        "tv.1": Crowd(peak_viewers=1, peak_at=DAY.first, watch_seconds=1),
    }
    assert store.crowds(DAY.end, DAY.end + 60) == {}


def test_restated_levels_replace_all_that_stood_and_keep_what_was_shown(
    engine: Engine, store: Store
) -> None:
    old = levels(DAY.first, [[3, 3, 3], [1, 1, 1]])
    store.insert_levels(LevelsOf(old, shown=np.full((2, 3), 9)))
    store.insert_levels(LevelsOf(old, partition=1))
    new = pa.table({"channel": ["*"], "second": [DAY.first], "viewers": [2], "sessions": [2]})
    for at in (1_000, 1_000):
        store.restate_levels(new, DAY.first, DAY.first + 2, at)
    store.insert_levels(LevelsOf(old, partition=1))
    assert store.levels("*", DAY.first, DAY.end)["viewers"].to_pylist() == [2, 6]
    assert store.levels("tv.1", DAY.first, DAY.end)["viewers"].to_pylist() == [2]
    shown = engine.query("SELECT max(shown_viewers) AS shown FROM levels FINAL GROUP BY second")
    assert shown["shown"].to_pylist() == [9, 9, 9]


def attended(*who: tuple[str, str, str]) -> Attended:
    channels = sorted({channel for _, _, channel in who})
    return Attended(
        viewer=halves(viewer * 32 for viewer, _, _ in who),
        session=halves(session * 32 for _, session, _ in who),
        channel=np.array([channels.index(channel) for _, _, channel in who], np.int32),
        channels=channels,
    )


def test_reach_counts_viewers_and_sessions_once_and_anything_over_all_channels(
    store: Store,
) -> None:
    # a and b watch tv.1, a in two sessions, one of which zaps to tv-2; session 1 of b is not a's.
    who = attended(("a", "1", "tv.1"), ("a", "2", "tv.1"), ("a", "2", "tv-2"), ("b", "1", "tv.1"))
    for _ in range(2):
        store.insert_attendance(JAKARTA, DATE, who)
    assert store.reach(JAKARTA, DATE) == {"*": (2, 3), "tv.1": (2, 3), "tv-2": (1, 1)}
    assert store.reach("Europe/Berlin", DATE) == {}
    assert store.reach(JAKARTA, DATE + dt.timedelta(1)) == {}


def test_attendance_comes_back_as_it_was_given(store: Store) -> None:
    who = attended(("a", "1", "tv.1"), ("a", "2", "tv-2"), ("b", "1", "tv.1"))
    for _ in range(2):
        store.insert_attendance(JAKARTA, DATE, who)
    found = store.attendance(JAKARTA, DATE)

    def rows(of: Attended) -> set[tuple[bytes, bytes, str]]:
        channels = [of.channels[code] for code in of.channel]
        return set(zip(map(bytes, of.viewer), map(bytes, of.session), channels, strict=True))

    assert len(found.channel) == 3
    assert rows(found) == rows(who)


def test_attendance_of_a_day_of_nobody_is_empty(store: Store) -> None:
    found = store.attendance(JAKARTA, DATE)
    assert found.viewer.shape == (0, 2)
    assert list(found.channels) == []


BUSY = Figures(86_400, 9, DAY.first + 5, 1_000, 20, 30)


def test_days_come_back_with_anything_first(store: Store) -> None:
    given = {"tv.1": BUSY, "*": BUSY, "tv-2": Figures.nobody(DAY)}
    store.put_days(JAKARTA, DATE, given, "provisional", 1_000)
    assert store.days(JAKARTA, DATE, DATE) == [
        StoredDay(DATE, channel, given[channel], "provisional", 1)
        for channel in ("*", "tv-2", "tv.1")
    ]


def test_a_settled_day_is_not_undone_by_a_less_settled_one_written_later(store: Store) -> None:
    nobody = Figures.nobody(DAY)
    store.put_days(JAKARTA, DATE, {"*": BUSY}, "restated", 1_000)
    store.put_days(JAKARTA, DATE, {"*": nobody}, "final", 2_000)
    assert [day.status for day in store.days(JAKARTA, DATE, DATE)] == ["restated"]
    store.put_days(JAKARTA, DATE, {"*": nobody}, "restated", 1_001)
    assert [day.figures for day in store.days(JAKARTA, DATE, DATE)] == [nobody]


def test_restatements_are_kept_with_their_reason(engine: Engine, store: Store) -> None:
    note = "collector's spool"
    change = Restatement(JAKARTA, DATE, "*", "peak_viewers", None, 9.0, "late reports", note)
    for _ in range(2):
        store.put_restatements([change], 1_000)
    found = engine.query("SELECT before, after, reason, note FROM restatements FINAL").to_pylist()
    assert found == [{"before": None, "after": 9.0, "reason": "late reports", "note": note}]


def test_progress_is_what_was_put_last_even_when_it_went_back(store: Store) -> None:
    assert store.progress("log") is None
    for value in (5, 7, -1):
        store.put_progress("log", value)
    store.put_progress("it's\\other\t", 9)
    assert store.progress("log") == -1
    assert store.progress("it's\\other\t") == 9


def test_partitions_never_fall_behind_what_was_put_once(store: Store) -> None:
    assert store.partition_progress("final") == {}
    store.put_progress("final", 9)
    store.put_partition_progress("final", {0: 7, 10: 5})
    store.put_partition_progress("final", {0: 6, 10: 8})
    store.put_partition_progress("semifinal", {3: 1})
    assert store.partition_progress("final") == {0: 7, 10: 8}
    assert store.progress("final/0") == 7


def test_writing_nothing_is_nothing(store: Store) -> None:
    store.insert_reports(log_batch([]))
    store.insert_levels(LevelsOf(levels(DAY.first, [[0], [0]])))
    store.put_days(JAKARTA, DATE, {}, "final", 1)
    assert store.levels("*", 0, 2**32 - 1).num_rows == 0


def test_scratch_reports_are_gone_afterwards(engine: Engine, store: Store) -> None:
    with store.scratch_reports() as table:
        store.insert_reports(log_batch([REPORT]), table)
    with pytest.raises(Stop, match="UNKNOWN_TABLE"):
        engine.query(f"SELECT * FROM {table}")


def test_migrating_twice_applies_nothing(engine: Engine) -> None:
    assert migrate(engine) == []


def test_a_migration_that_broke_off_is_done_again(engine: Engine) -> None:
    last = list(migrations())[-1]
    engine.execute("DELETE FROM migrations WHERE name = {name:String}", {"name": last})
    assert migrate(engine) == [last]


def test_a_statement_that_cannot_run_says_why_to_someone_who_must_act(engine: Engine) -> None:
    with pytest.raises(Stop, match="nowhere"):
        engine.query("SELECT * FROM nowhere")
    with pytest.raises(Stop, match="nowhere"):
        engine.insert("nowhere", pa.table({"x": [1]}))


def test_a_part_of_a_batch_is_stored_as_that_part(engine: Engine, store: Store) -> None:
    batch = log_batch([structs.replace(REPORT, seq=n, channel=f"c{n}") for n in range(100)])
    store.insert_reports(batch.slice(20, 30))
    found = engine.query("SELECT seq, channel, hex(viewer) AS viewer FROM reports ORDER BY seq")
    assert found["seq"].to_pylist() == list(range(20, 50))
    assert found["channel"].to_pylist() == [f"c{n}" for n in range(20, 50)]
    assert set(found["viewer"].to_pylist()) == {REPORT.viewer.upper()}


def test_batches_that_number_their_names_differently_are_stored_together(
    engine: Engine, store: Store
) -> None:
    reports = [structs.replace(REPORT, seq=n, channel=f"c{n}") for n in range(4)]
    batches = [log_batch(reports[:2]), log_batch(reports[:1:-1])]
    store.insert_reports(pa.Table.from_batches(batches))
    found = engine.query("SELECT seq, channel FROM reports ORDER BY seq").to_pylist()
    assert found == [{"seq": n, "channel": f"c{n}"} for n in range(4)]
