"""A viewer's rows leave storage and its disk, whatever table they are in, and no one else's do."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from audience.reports import Report, halves
from sinks.engine import Engine
from sinks.forgetting import Forgetting, Moment, told
from sinks.rows import Attended
from sinks.store import Store
from tests.sinks.rows import log_batch

VIEWER, OTHER = "a9d3c5e7f1b24680" * 2, "fedcba9876543210" * 2
T = 1_795_000_200_000  # 200 s into a quarter of an hour
DATE = dt.date(2026, 11, 18)
REPORT = Report(t=T, viewer=VIEWER, session="ab" * 16, channel="tv", received=T)


@pytest.fixture
def stored(engine: Engine) -> Iterator[Engine]:
    emptied(engine)
    store = Store(engine)
    more = [replace(REPORT, t=T + 1_000), replace(REPORT, t=T + 900_000, channel="radio")]
    store.insert_reports(log_batch([REPORT, *more, replace(REPORT, viewer=OTHER)]))
    ids = halves([VIEWER, OTHER])
    store.insert_attendance("UTC", DATE, Attended(ids, ids, np.zeros(2, np.int32), ["tv"]))
    yield engine
    emptied(engine)


def emptied(engine: Engine) -> None:
    for table in ("reports", "attendance"):
        engine.execute(f"TRUNCATE TABLE {table}")


def test_it_is_known_where_a_viewer_is(stored: Engine) -> None:
    with told(stored, bytes.fromhex(VIEWER)) as forgetting:
        assert sorted(forgetting.moments(), key=lambda moment: moment.first) == [
            Moment("tv", T, T + 1_000),
            Moment("radio", T + 900_000, T + 900_000),
        ]
        assert forgetting.days() == [("UTC", DATE, "tv")]
        assert forgetting.rows() == 4


def test_the_viewer_is_gone_from_every_table_and_file_and_others_stay(
    stored: Engine, database: Path
) -> None:
    stored.execute(
        "CREATE TABLE left_over (viewer FixedString(16)) ENGINE = MergeTree ORDER BY viewer"
        " SETTINGS cleanup_delay_period = 1, max_cleanup_delay_period = 1,"
        " cleanup_delay_period_random_add = 0"
    )
    stored.execute("INSERT INTO left_over SELECT viewer FROM reports")
    try:
        assert in_files(database) != []
        with told(stored, bytes.fromhex(VIEWER)) as forgetting:
            assert "left_over" in forgetting.tables
            forgetting.erase(120)
            assert forgetting.rows() == 0
        assert in_files(database) == []
        for table, rows in (("reports", 1), ("attendance", 1), ("left_over", 1)):
            found = stored.query(f"SELECT DISTINCT lower(hex(viewer)) AS who FROM {table}")
            assert found["who"].to_pylist() == [OTHER] * rows
    finally:
        stored.execute("DROP TABLE left_over SYNC")


def test_it_leaves_nothing_of_its_own_behind(stored: Engine) -> None:
    def tables() -> list[object]:
        named = "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name"
        return stored.query(named)["name"].to_pylist()

    before = tables()
    with told(stored, bytes.fromhex(VIEWER)) as forgetting:
        forgetting.erase(120)
    assert tables() == before
    settings = stored.query(
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase()"
        " AND name IN ('reports', 'attendance')"
    )["engine_full"].to_pylist()
    assert not any("old_parts_lifetime" in str(each) for each in settings)


def test_of_who_is_not_there_nothing_is_found(stored: Engine) -> None:
    with told(stored, b"\0" * 16) as forgetting:
        assert (forgetting.moments(), forgetting.days(), forgetting.rows()) == ([], [], 0)
    assert isinstance(forgetting, Forgetting)


def in_files(database: Path) -> list[str]:
    needles = (bytes.fromhex(VIEWER), VIEWER.encode(), VIEWER.upper().encode())
    return [
        str(path)
        for path in database.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]
