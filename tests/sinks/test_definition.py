"""The SQL query answers what the definition answers, second by second and figure by figure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audience import definition
from audience.days import Day
from audience.figures import Figures
from audience.reports import Report
from audience.rules import Rules
from sinks import definition as sql
from sinks.chdb import ChdbEngine
from sinks.engine import Engine
from sinks.store import Store
from tests import hostile
from tests.sinks.rows import log_batch

RULES = Rules()
OF_KINDS = st.sampled_from([replace(RULES, kinds=kinds) for kinds in hostile.KINDS])


def sets_at(instants: Sequence[int]) -> st.SearchStrategy[list[Report]]:
    """Sets at some instants at once: a query costs the same for a few reports and a hundred."""
    places = st.lists(st.sampled_from(instants), min_size=1, max_size=8, unique=True)
    return places.flatmap(
        lambda places: st.tuples(*(hostile.report_sets(around=place) for place in places))
    ).map(lambda sets: [report for reports in sets for report in reports])


MIDNIGHTS = [at * 1000 for day in hostile.DAYS for at in (day.first, day.end)]

hostile_examples = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def stored(engine: Engine, reports: Sequence[Report]) -> str:
    engine.execute("CREATE OR REPLACE TABLE hostile AS reports ENGINE = Memory")
    Store(engine).insert_reports(log_batch(reports), "hostile")
    return "hostile"


def levels(
    engine: Engine, reports: Sequence[Report], first: int, end: int, rules: Rules = RULES
) -> dict[tuple[str, int], tuple[int, int]]:
    rows = sql.levels(engine, stored(engine, reports), first, end, rules).to_pylist()
    return {(r["channel"], r["second"]): (r["viewers"], r["sessions"]) for r in rows}


@hostile_examples
@given(reports=sets_at(MIDNIGHTS), rules=OF_KINDS)
def test_every_second_has_the_definition_s_viewers_and_sessions(
    chdb_engine: ChdbEngine, reports: list[Report], rules: Rules
) -> None:
    first = min(report.t for report in reports) // 1000 - 300
    end = max(report.t for report in reports) // 1000 + 300
    expected = definition.levels(reports, kinds=rules.kinds)
    assert levels(chdb_engine, reports, first, end, rules) == expected


@settings(hostile_examples, max_examples=30)  # each asks three times
@given(day=st.sampled_from(hostile.DAYS + hostile.PAST), data=st.data(), rules=OF_KINDS)
def test_every_figure_of_a_day_and_its_neighbours_is_the_definition_s(
    chdb_engine: ChdbEngine, day: Day, data: st.DataObject, rules: Rules
) -> None:
    reports = data.draw(sets_at([day.first * 1000, day.end * 1000]))
    days = [replace(day, date=day.date - dt.timedelta(1)), day, day.next]
    found = sql.figures(chdb_engine, stored(chdb_engine, reports), days, rules)
    assert found == [definition.figures(reports, each, rules.kinds) for each in days]


@hostile_examples
@given(reports=sets_at(MIDNIGHTS), data=st.data())
def test_any_stretch_of_seconds_needs_only_the_reports_around_it(
    chdb_engine: ChdbEngine, reports: list[Report], data: st.DataObject
) -> None:
    near = data.draw(st.sampled_from(reports)).t // 1000
    first = near + data.draw(st.integers(-200, 200))
    end = first + data.draw(st.integers(1, 300))
    whole = definition.levels(reports)
    assert levels(chdb_engine, reports, first, end) == {
        (channel, second): count
        for (channel, second), count in whole.items()
        if first <= second < end
    }


T = 1_795_000_000_000


def said(at: int, **fields: Any) -> Report:
    given: dict[str, Any] = {
        "viewer": "0" * 32,
        "session": "1" * 32,
        "channel": "tv.1",
        "interval": 40_000,
    }
    return Report(t=T + at, **(given | fields))


@pytest.mark.parametrize(
    ("reports", "why"),
    [
        ([said(0, state="paused"), said(120_000)], "a state is kept until the bridge, not at it"),
        ([said(0, state="paused"), said(119_999)], "a state is kept up to the bridge"),
        ([said(0, state="playing"), said(120_000, state="quit")], "a gap of a bridge is none"),
        ([said(0, state="playing"), said(119_999, state="quit")], "a gap under it is bridged"),
        ([said(0, state="playing", interval=5_001)], "half an odd interval is rounded down"),
        ([said(0, playhead=0.0), said(0, playhead=-0.0)], "zeros of either sign are one report"),
        ([said(0, channel="b"), said(0, channel="B"), said(0, channel="a0")], "ties go by bytes"),
        ([said(1)], "a second not reached is not watched"),
    ],
)
def test_at_the_edges_of_the_rules(engine: Engine, reports: list[Report], why: str) -> None:
    found = levels(engine, reports, T // 1000 - 60, T // 1000 + 300)
    assert found == definition.levels(reports), why


@pytest.mark.parametrize(
    "reports",
    [
        [said(-239_000, state="paused"), said(-119_500), said(-1, state="playing")],
        [said(-119_999, state="playing"), said(0, state="quit")],
        [said(999, state="playing"), said(120_998, state="quit")],
    ],
    ids=["the state of the first", "the first", "the end of the last"],
)
def test_a_second_asked_for_alone_knows_the_reports_it_depends_on(
    engine: Engine, reports: list[Report]
) -> None:
    for second in (T // 1000 - 1, T // 1000, T // 1000 + 1):
        whole = definition.levels(reports).items()
        assert levels(engine, reports, second, second + 1) == {
            at: count for at, count in whole if at[1] == second
        }


def test_who_watches_two_channels_of_a_kind_is_one_viewer_of_it(engine: Engine) -> None:
    reports = [said(0, session=s * 32, channel=f"tv.{s}", state="playing") for s in "12"]
    rules = Rules(kinds={"tv.1": "tv", "tv.2": "tv"})
    found = levels(engine, reports, T // 1000, T // 1000 + 60, rules)
    assert found == definition.levels(reports, kinds=rules.kinds)
    assert found["*tv", T // 1000] == (1, 2)


def test_figures_of_a_day_of_nobody_are_zeros(engine: Engine) -> None:
    day = hostile.DAYS[0]
    found = sql.figures(engine, stored(engine, []), [day, day.next], RULES)
    assert found == [{"*": Figures.nobody(day)}, {"*": Figures.nobody(day.next)}]
