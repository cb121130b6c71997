"""The SQL query answers what the definition answers, second by second and figure by figure."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audience import definition
from audience.reports import Report
from audience.rules import Rules
from sinks import definition as sql
from sinks.chdb import ChdbEngine
from sinks.store import Store
from tests import hostile
from tests.sinks.rows import log_batch

RULES = Rules()

# A query costs the same for a few reports as for a few hundred, so an example is many sets, at different midnights.
many_sets = st.lists(hostile.instants(), min_size=1, max_size=8, unique=True).flatmap(
    lambda places: st.tuples(*(hostile.report_sets(around=place) for place in places)).map(
        lambda sets: [report for reports in sets for report in reports]
    )
)

hostile_examples = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def stored(engine: ChdbEngine, reports: Sequence[Report]) -> str:
    engine.execute("CREATE OR REPLACE TABLE hostile AS reports ENGINE = Memory")
    Store(engine).insert_reports(log_batch(reports), "hostile")
    return "hostile"


def levels(
    engine: ChdbEngine, reports: Sequence[Report], first: int, end: int
) -> dict[tuple[str, int], tuple[int, int]]:
    rows = sql.levels(engine, stored(engine, reports), first, end, RULES).to_pylist()
    return {(r["channel"], r["second"]): (r["viewers"], r["sessions"]) for r in rows}


@hostile_examples
@given(reports=many_sets)
def test_every_second_has_the_definition_s_viewers_and_sessions(
    chdb_engine: ChdbEngine, reports: list[Report]
) -> None:
    first = min(report.t for report in reports) // 1000 - 300
    end = max(report.t for report in reports) // 1000 + 300
    assert levels(chdb_engine, reports, first, end) == definition.levels(reports)


@hostile_examples
@given(reports=many_sets)
def test_every_figure_of_every_day_is_the_definition_s(
    chdb_engine: ChdbEngine, reports: list[Report]
) -> None:
    days = [day for given in hostile.DAYS for day in (given, given.next)]
    found = sql.figures(chdb_engine, stored(chdb_engine, reports), days, RULES)
    assert found == [definition.figures(reports, day) for day in days]


@hostile_examples
@given(reports=many_sets, data=st.data())
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
