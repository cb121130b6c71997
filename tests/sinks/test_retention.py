"""Reports and attendance go when their months are over, and the months can be changed."""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace

from sinks.engine import Engine
from sinks.retention import EXPIRING, kept, retain
from sinks.rows import Attended
from sinks.store import Store
from tests.sinks.rows import log_batch
from tests.sinks.test_store import REPORT

TODAY = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
WHO = np.array([[1, 2]], np.uint64)


@pytest.fixture
def emptied(engine: Engine) -> Iterator[Engine]:
    for table in EXPIRING:
        engine.execute(f"TRUNCATE TABLE {table}")
    yield engine
    for table in EXPIRING:
        engine.execute(f"TRUNCATE TABLE {table}")
    retain(engine, 13)


def stored(engine: Engine, days: int) -> None:
    """A report and a row of attendance of so many days ago."""
    at = TODAY - dt.timedelta(days)
    report = replace(REPORT, t=int(at.timestamp() * 1000), received=int(at.timestamp() * 1000))
    Store(engine).insert_reports(log_batch([report]))
    attended = Attended(WHO, WHO, np.zeros(1, np.int32), ["tv"])
    Store(engine).insert_attendance("UTC", at.date(), attended)


def rows(engine: Engine) -> list[int]:
    for table in EXPIRING:
        engine.execute(f"OPTIMIZE TABLE {table} FINAL")
    counts = [engine.query(f"SELECT count() AS n FROM {table}")["n"][0] for table in EXPIRING]
    return [int(count.as_py()) for count in counts]


def test_a_new_installation_forgets_after_13_months(emptied: Engine) -> None:
    assert {kept(emptied, table) for table in EXPIRING} == {13}
    assert retain(emptied, 13) == []
    stored(emptied, 30 * 14)
    stored(emptied, 30 * 12)
    assert rows(emptied) == [1, 1]


def test_a_longer_retention_keeps_and_a_shorter_one_lets_go_of_what_is_there(
    emptied: Engine,
) -> None:
    assert retain(emptied, 24) == list(EXPIRING)
    assert retain(emptied, 24) == []
    stored(emptied, 30 * 14)
    stored(emptied, 30 * 2)
    assert rows(emptied) == [2, 2]
    retain(emptied, 3)
    assert rows(emptied) == [1, 1]


def test_figures_stay(emptied: Engine) -> None:
    assert kept(emptied, "days") is None
    assert kept(emptied, "levels") is None
