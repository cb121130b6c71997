import numpy as np
import pytest

from audience.definition import levels, watches
from audience.reports import Report
from penonton.simulate.habits import PROTOCOLS, Protocol
from penonton.simulate.people import Visit
from penonton.simulate.stored import reports
from penonton.simulate.truth import watches as true_watches
from penonton.simulate.visits import visits
from penonton.simulate.world import World
from tests.simulate.making import AT

QUIET_WORLD = {"duplicate": 0.01, "offline": 0.0, "wrong_clock": 0.0, "visit": 300_000}


def counted(world: World, seconds: int) -> tuple[list[int], list[int]]:
    """Viewers of anything by second: by the definition over the reports, and in truth."""
    made, truth = reports(world, AT)
    found = levels(made)
    true = truth.levels(AT // 1000, AT // 1000 + seconds)
    return [found.get(("*", second), (0, 0))[0] for second in range(true.first, true.end)], list(
        map(int, true.viewers[0])
    )


def watched(visits_of_it: list[Visit]) -> dict[str, int]:
    """Ms truly watched by session, under the name that the player gives it."""
    found: dict[str, int] = {}
    for visit in visits_of_it:
        for watch in true_watches(visit):
            found[watch.session] = found.get(watch.session, 0) + watch.end - watch.start
    return found


def by_session(made: list[Report]) -> dict[str, int]:
    found: dict[str, int] = {}
    for watch in watches(made):
        found[watch.session] = found.get(watch.session, 0) + watch.end - watch.start
    return found


@pytest.mark.parametrize("protocol", [p for p in PROTOCOLS if p != "cmcd1"])
def test_without_loss_each_session_is_counted_within_half_an_interval(protocol: Protocol) -> None:
    world = World(40, 900, mix={protocol: 1}, die=0.5, **QUIET_WORLD)  # type: ignore[arg-type]
    made, _ = reports(world, AT, identify=str)
    true = watched(list(visits(world, AT)))
    found = by_session(list(made))
    assert found.keys() == true.keys()
    assert max(abs(found[session] - true[session]) for session in true) <= 15_000


@pytest.mark.parametrize("protocol", ["json", "ndjson", "beacon"])
def test_without_loss_a_session_that_says_its_end_is_counted_to_the_tenth_of_a_second(
    protocol: Protocol,
) -> None:
    world = World(40, 900, mix={protocol: 1}, die=0.0, **QUIET_WORLD)  # type: ignore[arg-type]
    made, _ = reports(world, AT, identify=str)
    # All times of a session are off by the same: only what it lasted can be compared.
    assert by_session(list(made)) == watched(list(visits(world, AT)))


def test_deaths_without_a_word_do_not_bias_the_count() -> None:
    world = World(300, 900, die=1.0, quiet=10**9, mix={"json": 1}, **QUIET_WORLD)  # type: ignore[arg-type]
    found, true = counted(world, 960)
    # About 1,000 deaths, each off by at most 15 s either way, 8.7 s of standard deviation:
    # their sum is off by 270 s; four times that is 0.5 % of what was watched.
    assert abs(sum(found) - sum(true)) < 0.005 * sum(true)


def test_lost_reports_cost_at_most_the_starts_they_hide() -> None:
    lose = 0.05
    world = World(300, 900, lose=lose, quiet=10**9, mix={"json": 1}, **QUIET_WORLD)  # type: ignore[arg-type]
    found, true = counted(world, 960)
    starts = sum(len(visit.screens) for visit in visits(world, AT))
    # Who loses the report that playing began is counted from the next one, an interval later.
    hidden = lose * starts * 30
    assert -1.5 * hidden - 0.005 * sum(true) < sum(found) - sum(true) < 0.005 * sum(true)


def test_a_lossy_world_with_everything_in_it_is_counted_within_a_percent() -> None:
    world = World(300, 1200, lose=0.02)
    found, true = counted(world, 1260)
    errors = np.array(found) - np.array(true)
    assert abs(errors.sum()) < 0.01 * sum(true)
    assert np.abs(errors).mean() < 0.02 * max(true)


def test_the_same_seed_makes_the_same_reports() -> None:
    first, second = (list(reports(World(20, 120, lose=0.1), AT)[0]) for _ in range(2))
    assert first == second


def test_reports_come_in_order_of_arrival_and_hold_hashed_ids() -> None:
    made = list(reports(World(50, 300, offline=0.2), AT)[0])
    received = [report.received for report in made]
    assert received == sorted(received)
    assert all(len(bytes.fromhex(report.viewer + report.session)) == 32 for report in made)


def test_no_time_lies_further_back_than_the_lateness_or_ahead_of_its_arrival() -> None:
    for report in reports(World(200, 300, wrong_clock=1.0, offline=0.1), AT)[0]:
        assert -2_000 <= report.received - report.t <= 120_000
