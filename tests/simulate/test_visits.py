import re
from itertools import islice, pairwise

from penonton.simulate.people import Playback, Visit
from penonton.simulate.truth import Truth
from penonton.simulate.visits import visits
from penonton.simulate.world import CHANNELS, World

BEGAN = 1_800_000_000_000


def playbacks(visit: Visit) -> list[Playback]:
    return [playback for screen in visit.screens for playback in screen]


def test_the_same_seed_plays_the_same_world() -> None:
    assert list(visits(World(20, 300, seed=4), BEGAN)) == list(
        visits(World(20, 300, seed=4), BEGAN)
    )


def test_another_seed_plays_another_world() -> None:
    assert list(visits(World(20, 300, seed=4), BEGAN)) != list(
        visits(World(20, 300, seed=5), BEGAN)
    )


def test_lost_reports_do_not_change_who_watches() -> None:
    losing = World(20, 300, lose=0.5, offline=0.5, duplicate=0.5)
    assert list(visits(losing, BEGAN)) == list(visits(World(20, 300), BEGAN))


def test_two_runs_with_one_seed_name_their_sessions_differently() -> None:
    first, second = (next(visits(World(1, 300), began)) for began in (BEGAN, BEGAN + 60_000))
    assert first.player.viewer != second.player.viewer
    assert playbacks(first)[0].session != playbacks(second)[0].session


def test_visits_come_in_order_of_arrival() -> None:
    arrivals = [visit.arrival for visit in islice(visits(World(50, swing=0.3), BEGAN), 1_000)]
    assert arrivals == sorted(arrivals)


def test_the_audience_is_near_its_size_after_one_interval_and_gone_at_the_end() -> None:
    world = World(1_000, 300)
    truth = Truth()
    for visit in visits(world, BEGAN):
        truth.add(visit)
    levels = truth.levels(BEGAN // 1000, BEGAN // 1000 + 330)
    assert all(900 <= viewers <= 1_000 for viewers in levels.viewers[0, 32:270])
    assert not levels.viewers[0, 300:].any()


def test_a_world_shorter_than_an_interval_is_played_too() -> None:
    assert list(visits(World(10, 9), BEGAN))


def test_moments_are_in_order_and_before_the_end_of_their_playback() -> None:
    for visit in visits(World(50, 600, second_screen=0.5), BEGAN):
        for playback in playbacks(visit):
            times = [moment.at for moment in playback.moments] + [playback.end]
            assert all(earlier < later for earlier, later in pairwise(times))
            assert visit.arrival <= times[0]
            assert times[-1] <= visit.leave


def test_the_playbacks_of_a_screen_do_not_overlap() -> None:
    for visit in visits(World(50, 600, quiet=30_000), BEGAN):
        for screen in visit.screens:
            assert all(before.end < after.start for before, after in pairwise(screen))


def test_everything_that_can_happen_happens() -> None:
    world = World(300, 900, second_screen=0.3, quiet=60_000, visit=300_000, wrong_clock=0.3)
    seen = list(visits(world, BEGAN))
    all_playbacks = [playback for visit in seen for playback in playbacks(visit)]
    moments = [moment for playback in all_playbacks for moment in playback.moments]
    assert {visit.player.protocol for visit in seen} == set(world.mix)
    assert {moment.channel for moment in moments} == set(CHANNELS)
    assert {moment.state for moment in moments} >= {"paused", "seeking", "rebuffering", "waiting"}
    assert {playback.farewell for playback in all_playbacks} == {None, "quit", "ended", "failed"}
    assert {len(visit.screens) for visit in seen} == {1, 2}
    assert any(len({m.channel for m in playback.moments}) > 1 for playback in all_playbacks)
    assert any(abs(visit.player.offset) > 86_400_000 for visit in seen)


def test_only_a_protocol_that_names_the_viewer_has_two_screens() -> None:
    for visit in visits(World(300, 300, second_screen=1.0), BEGAN):
        assert len(visit.screens) == 2 or not visit.player.habits.viewer


def test_no_visit_dies_when_none_may_and_all_do_when_they_must() -> None:
    for die, silent in ((0.0, False), (1.0, True)):
        for visit in visits(World(50, 300, die=die), BEGAN):
            for screen in visit.screens:
                assert (screen[-1].farewell is None) is silent


def test_channels_match_the_pattern_of_channel_names() -> None:
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", channel) for channel in CHANNELS)
    assert len(CHANNELS) <= 8
