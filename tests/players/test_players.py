"""Real players, as recorded: what is counted of them stands beside what their pages saw."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.players.replay import Case, Counted, cases, counted, seconds
from tests.players.table import page
from tests.players.truth import apart, total, watched
from tests.players.untold import UNTOLD
from tests.recordings_replay import DASH_EVENTS, EPAS, HLS_EVENTS, PLAIN

DOCS = Path(__file__).parents[2] / "docs" / "players.md"
CASES = cases()
BOUNDED = [case for case in CASES if case.run.player in {HLS_EVENTS, DASH_EVENTS, EPAS}]

# Nobody knows whose events these are; forms and the pixel are none of our formats.
REFUSED = {
    (DASH_EVENTS, "minimal-config-no-keys-default-interval"): 28,
    (EPAS, "server-issued-session-id"): 10,
    (PLAIN, "every-transport"): 3,
    (PLAIN, "every-transport-cross-site"): 1,
}


def name(case: Case) -> str:
    said = "" if case.told is None else f"-every-{case.told:g}-s"
    return f"{case.run.player}-{case.run.name}{said}"


def each(some: Sequence[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=name(case)) for case in some])


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Counted]:
    """All cases, through the collector and out of its log, by name."""
    made = counted(CASES, tmp_path_factory.mktemp("players"))
    return {name(one.case): one for one in made}


@each(CASES)
def test_every_request_is_answered_and_only_known_ones_are_refused(
    every: Mapping[str, Counted], case: Case
) -> None:
    one = every[name(case)]
    assert len(one.statuses) == len(case.run.requests)
    assert one.refused == REFUSED.get((case.run.player, case.run.name), 0)
    assert max(one.statuses) < 500


@each(CASES)
def test_the_fold_counts_the_seconds_that_the_definition_counts(
    every: Mapping[str, Counted], case: Case
) -> None:
    one = every[name(case)]
    assert one.folded == one.defined
    assert seconds(one.folded) == pytest.approx(total(one.watches) / 1000, abs=len(one.watches))


@each([case for case in BOUNDED if (case.run.player, case.run.name) not in UNTOLD])
def test_a_player_that_tells_is_counted_to_within_half_an_interval(
    every: Mapping[str, Counted], case: Case
) -> None:
    one, seen = every[name(case)], watched(case.run)
    assert apart(seen, one.watches) <= one.half
    assert abs(total(one.watches) - total(seen)) <= one.half


@each([case for case in BOUNDED if case.configured and (case.run.player, case.run.name) in UNTOLD])
def test_a_run_stands_among_the_exceptions_only_while_it_is_one(
    every: Mapping[str, Counted], case: Case
) -> None:
    one, seen = every[name(case)], watched(case.run)
    assert apart(seen, one.watches) > one.half


def test_every_exception_is_a_recorded_run() -> None:
    assert set(UNTOLD) <= {(case.run.player, case.run.name) for case in BOUNDED}


def test_the_reports_carry_the_interval_that_the_address_says(every: Mapping[str, Counted]) -> None:
    for one in every.values():
        said = {report.interval for report in one.reports}
        if one.case.told is not None:
            assert said == {min(max(round(one.case.told * 1000), 5_000), 40_000)}


def test_the_table_in_the_docs_is_current(every: Mapping[str, Counted]) -> None:
    now = page(list(every.values()))
    assert DOCS.read_text() == now, "run: python -m tests.players.table > docs/players.md"
