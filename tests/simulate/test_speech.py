from audience.states import State
from penonton.simulate.habits import Protocol
from penonton.simulate.people import Moment, Playback
from penonton.simulate.speech import speech
from tests.simulate.making import AT, playback, player


def said(one: Playback, protocol: Protocol = "json") -> list[tuple[int, State, State, float]]:
    return [(s.at - AT, s.state, s.after, s.playhead) for s in speech(one, player(protocol))]


def test_a_player_reports_every_change_every_interval_and_its_end() -> None:
    one = playback(
        Moment(0, "starting", "tv"),
        Moment(1_000, "playing", "tv"),
        Moment(40_000, "paused", "tv"),
        end=70_000,
    )
    assert said(one) == [
        (0, "starting", "starting", 0.0),
        (1_000, "playing", "starting", 0.0),
        (30_000, "playing", "playing", 29.0),
        (40_000, "paused", "playing", 39.0),
        (60_000, "paused", "paused", 39.0),
        (70_000, "quit", "paused", 39.0),
    ]


def test_a_player_that_dies_says_nothing_about_it() -> None:
    one = playback(Moment(0, "playing", "tv"), end=30_001, farewell=None)
    assert [at for at, *_ in said(one)] == [0, 30_000]


def test_a_regular_report_that_is_due_with_a_change_is_the_change() -> None:
    one = playback(Moment(0, "playing", "tv"), Moment(30_000, "paused", "tv"), end=60_000)
    assert [(at, state) for at, state, _, _ in said(one)] == [
        (0, "playing"),
        (30_000, "paused"),
        (60_000, "quit"),
    ]


def test_reports_are_numbered_in_order() -> None:
    one = playback(Moment(0, "playing", "tv"), end=95_000)
    assert [s.seq for s in speech(one, player())] == [0, 1, 2, 3, 4]


def test_a_player_that_only_rides_on_segments_is_heard_while_it_plays() -> None:
    one = playback(
        Moment(0, "starting", "tv"),
        Moment(1_000, "playing", "tv"),
        Moment(13_000, "paused", "tv"),
        Moment(20_000, "playing", "tv"),
        end=27_000,
    )
    assert [at for at, *_ in said(one, "cmcd1")] == [1_000, 6_000, 12_000, 20_000, 24_000]
