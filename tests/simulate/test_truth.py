from penonton.simulate.people import Moment, Visit
from penonton.simulate.truth import Truth
from tests.simulate.making import AT, playback, player, visit

SECOND = AT // 1000


def counted(
    *visits: Visit, seconds: int = 10, stopped: int | None = None
) -> dict[str, list[list[int]]]:
    truth = Truth()
    assert list(truth.watching(visits)) == list(visits)
    levels = truth.levels(SECOND, SECOND + seconds, stopped)
    return {
        channel: [levels.viewers[row].tolist(), levels.sessions[row].tolist()]
        for row, channel in enumerate(levels.channels)
    }


def test_only_who_plays_seeks_or_waits_watches() -> None:
    one = playback(
        Moment(0, "preloading", "tv"),
        Moment(1_000, "starting", "tv"),
        Moment(2_000, "playing", "tv"),
        Moment(3_000, "paused", "tv"),
        Moment(4_000, "seeking", "tv"),
        Moment(5_000, "rebuffering", "tv"),
        Moment(6_000, "waiting", "tv"),
        end=7_000,
    )
    expected = [0, 0, 1, 0, 1, 1, 1, 0, 0, 0]
    assert counted(visit((one,))) == {"*": [expected, expected], "tv": [expected, expected]}


def test_a_second_is_watched_from_exactly_its_start_and_not_at_its_end() -> None:
    one = playback(Moment(1_000, "playing", "tv"), end=2_000)
    late = playback(Moment(1_001, "playing", "tv"), end=2_001)
    assert counted(visit((one,)), seconds=4)["tv"][0] == [0, 1, 0, 0]
    assert counted(visit((late,)), seconds=4)["tv"][0] == [0, 0, 1, 0]


def test_two_sessions_of_a_viewer_are_one_viewer() -> None:
    one = playback(Moment(0, "playing", "tv"), end=3_000, session="a")
    other = playback(Moment(2_000, "playing", "radio"), end=5_000, session="b")
    assert counted(visit((one,), (other,)), seconds=6) == {
        "*": [[1, 1, 1, 1, 1, 0], [1, 1, 2, 1, 1, 0]],
        "tv": [[1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]],
        "radio": [[0, 0, 1, 1, 1, 0], [0, 0, 1, 1, 1, 0]],
    }


def test_two_sessions_of_a_player_that_names_no_viewer_are_two() -> None:
    one = playback(Moment(0, "playing", "tv"), end=3_000, session="a")
    other = playback(Moment(2_000, "playing", "tv"), end=5_000, session="b")
    assert counted(visit((one,), (other,), by=player("epas")), seconds=6)["tv"] == [
        [1, 1, 2, 1, 1, 0],
        [1, 1, 2, 1, 1, 0],
    ]


def test_a_zap_moves_a_viewer() -> None:
    one = playback(Moment(0, "playing", "tv"), Moment(2_000, "playing", "radio"), end=4_000)
    levels = counted(visit((one,)), seconds=5)
    assert levels["tv"][0] == [1, 1, 0, 0, 0]
    assert levels["radio"][0] == [0, 0, 1, 1, 0]
    assert levels["*"][0] == [1, 1, 1, 1, 0]


def test_nobody_watches_once_the_world_is_stopped() -> None:
    one = playback(Moment(0, "playing", "tv"), end=9_000)
    assert counted(visit((one,)), seconds=4, stopped=SECOND + 2)["tv"][0] == [1, 1, 0, 0]


def test_who_came_before_the_first_second_asked_for_is_counted() -> None:
    truth = Truth()
    truth.add(visit((playback(Moment(0, "playing", "tv"), end=9_000),)))
    assert truth.levels(SECOND + 5, SECOND + 7).viewers.tolist() == [[1, 1], [1, 1]]
