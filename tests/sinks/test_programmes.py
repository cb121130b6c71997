"""The calendar in storage, and figures of any seconds, from either engine."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience import definition
from audience.programmes import Programme
from audience.reports import Report
from audience.rules import Rules
from audience.spans import Span
from sinks import definition as sql
from sinks.chdb import ChdbEngine
from sinks.engine import Engine
from sinks.store import Store
from tests.sinks.rows import log_batch
from tests.sinks.test_definition import MIDNIGHTS, RULES, T, hostile_examples, said, sets_at, stored

NEWS = Programme(1_000, "tv.1", "Berita: it's \\odd", 2_000, special=True, source="epg.xml")
FILM = Programme(2_000, "tv.1", "Film", 5_000, source="epg.xml")
RADIO = Programme(1_000, "radio-1", "Pagi", 3_000, source="other.csv")


@pytest.fixture
def store(engine: Engine) -> Store:
    for table in ("programmes", "reports"):
        engine.execute(f"TRUNCATE TABLE {table}")
    return Store(engine)


def test_programmes_come_back_in_order_of_time_and_then_channel(store: Store) -> None:
    store.put_programmes([FILM, NEWS, RADIO], [], 1)
    assert store.programmes(0, 2**32 - 1) == [RADIO, NEWS, FILM]
    assert store.programmes(0, 2**32 - 1, "tv.1") == [NEWS, FILM]
    assert store.programmes(0, 2**32 - 1, "tv-2") == []


@pytest.mark.parametrize(
    ("first", "end", "found"),
    [(0, 1_000, []), (999, 1_001, [NEWS]), (1_999, 2_000, [NEWS]), (2_000, 2_001, [FILM])],
)
def test_a_programme_is_on_from_its_start_to_the_second_before_its_end(
    store: Store, first: int, end: int, found: list[Programme]
) -> None:
    store.put_programmes([NEWS, FILM], [], 1)
    assert store.programmes(first, end) == found


def test_what_is_written_again_is_replaced_and_what_is_removed_is_gone(store: Store) -> None:
    store.put_programmes([NEWS, FILM], [], 1)
    longer = replace(NEWS, end=2_500, special=False)
    store.put_programmes([longer], [FILM], 2)
    assert store.programmes(0, 2**32 - 1) == [longer]
    store.put_programmes([FILM], [longer], 3)
    assert store.programmes(0, 2**32 - 1) == [FILM]
    store.put_programmes([], [], 4)
    assert store.programmes(0, 2**32 - 1) == [FILM]


def test_the_same_programme_of_two_sources_is_two(store: Store) -> None:
    store.put_programmes([NEWS, replace(NEWS, source="other.csv")], [], 1)
    assert len(store.programmes(0, 2**32 - 1)) == 2


def test_the_time_of_the_reports_that_are_kept_is_known(store: Store) -> None:
    assert store.raw() is None
    store.insert_reports(log_batch([said(1), said(90_000), said(-86_400_000)]))
    assert store.raw() == (T - 86_400_000, T + 90_000)


@hostile_examples
@given(reports=sets_at(MIDNIGHTS), data=st.data())
def test_the_figures_of_any_seconds_are_the_definition_s(
    chdb_engine: ChdbEngine, reports: list[Report], data: st.DataObject
) -> None:
    near = data.draw(st.sampled_from(reports)).t // 1000
    spans = [
        Span(first, first + data.draw(st.sampled_from((1, 60, 3_600)) | st.integers(1, 90_000)))
        for first in (near, near + data.draw(st.integers(-4_000, 300)))
    ]
    found = sql.figures(chdb_engine, stored(chdb_engine, reports), spans, RULES)
    assert found == [definition.figures(reports, span) for span in spans]


def test_figures_of_a_programme_are_of_its_seconds_alone(store: Store) -> None:
    """One watches 10 s of it and 5 s before, another only up to its first second."""
    start = T // 1000
    reports = [
        said(-5_000, state="playing"),
        said(10_000, state="quit"),
        said(-5_000, viewer="2" * 32, state="playing"),
        said(0, viewer="2" * 32, state="quit"),
    ]
    store.insert_reports(log_batch(reports))
    (found,) = store.figures([Span(start, start + 100)], Rules())
    assert (found["tv.1"].reach, found["tv.1"].watch_seconds, found["tv.1"].seconds) == (1, 10, 100)
    assert (found["tv.1"].peak_viewers, found["tv.1"].peak_at) == (1, start)
    (before,) = store.figures([Span(start - 5, start)], Rules())
    assert (before["tv.1"].reach, before["tv.1"].average_viewers) == (2, 2.0)
