"""What the page saw: from its media events and the viewer's marks to stretches of watching."""

from collections.abc import Mapping

from tests.players.truth import Stretch, apart, total, watched
from tests.recordings_replay import PLAIN, PLAYERS, Mark, MediaEvent, Run, runs


def seen(events: Mapping[int, str], marks: Mapping[int, str]) -> list[tuple[int, int]]:
    """The stretches watched, of media events and marks at instants."""
    run = Run(
        PLAIN,
        "made up",
        requests=[],
        marks=[Mark(at, action) for at, action in marks.items()],
        page_log=[MediaEvent(at, name, 0.0) for at, name in events.items()],
        options={},
    )
    return [(each.start, each.end) for each in watched(run)]


def test_watching_begins_with_the_first_frame_and_not_with_the_wish() -> None:
    assert seen({10: "play", 20: "waiting", 30: "playing"}, {90: "stop"}) == [(30, 90)]
    assert seen({10: "play", 20: "waiting"}, {90: "stop"}) == []


def test_who_pauses_watches_again_from_the_next_playing() -> None:
    events = {10: "playing", 40: "pause", 60: "play", 61: "playing"}
    assert seen(events, {90: "stop"}) == [(10, 40), (61, 90)]


def test_who_seeks_while_paused_does_not_watch() -> None:
    assert seen({10: "playing", 40: "pause", 50: "seeking", 51: "seeked"}, {90: "stop"}) == [
        (10, 40)
    ]


def test_seeking_stalling_and_a_hidden_tab_are_watched() -> None:
    events = {10: "playing", 20: "seeking", 21: "waiting", 30: "seeked", 31: "playing"}
    assert seen(events, {50: "hide", 60: "show", 90: "stop"}) == [(10, 90)]


def test_the_end_ends_it_and_a_replay_begins_it_anew() -> None:
    events = {10: "playing", 40: "pause", 41: "ended", 60: "seeking", 61: "play", 62: "playing"}
    assert seen(events, {90: "closeTab"}) == [(10, 40), (62, 90)]


def test_every_way_to_leave_ends_it_and_only_once() -> None:
    for left in ("stop (position 1.00)", "closeTab (position 1.00)", 'goto "about:blank"'):
        assert seen({10: "playing"}, {90: left, 95: "closeTab"}) == [(10, 90)]


def test_a_zap_ends_it_until_the_new_media_plays() -> None:
    events = {10: "playing", 55: "play", 57: "playing"}
    assert seen(events, {50: 'call "zap","x"', 90: "stop"}) == [(10, 50), (57, 90)]


def test_what_the_application_reports_changes_nothing() -> None:
    marks = {20: 'call "fatal"', 30: 'respond {"mode":"status"}', 40: "mute true", 90: "stop"}
    assert seen({10: "playing"}, marks) == [(10, 90)]


def test_errors_that_cancel_in_the_total_stay_apart() -> None:
    page, counted = [Stretch(10, 90)], [Stretch(0, 80)]
    assert total(page) == total(counted)
    assert apart(page, counted) == apart(counted, page) == 20
    assert apart(page, page) == apart([], []) == 0
    assert apart(page, []) == 80


def test_who_is_counted_twice_is_apart_by_that_time() -> None:
    assert apart([Stretch(0, 90)], [Stretch(0, 50), Stretch(40, 90)]) == 10


def test_the_pages_logged_no_media_event_that_this_does_not_know() -> None:
    logged = {event.name for player in PLAYERS for run in runs(player) for event in run.page_log}
    known = {"play", "playing", "pause", "waiting", "seeking", "seeked", "ended"}
    assert logged == known | {"ratechange", "volumechange"}


def test_the_harness_did_nothing_that_this_does_not_know() -> None:
    done = {
        mark.action.split(" ")[0]
        for player in PLAYERS
        for run in runs(player)
        for mark in run.marks
    }
    leaving = {"stop", "closeTab", "goto"}
    told_by_media_events = {"pause", "play", "seek", "rate"}
    without_effect = {"begin", "end", "mute", "hide", "show", "respond", "send"}
    assert done == leaving | told_by_media_events | without_effect | {"call"}
    calls = {
        mark.action.split('"')[1]
        for player in PLAYERS
        for run in runs(player)
        for mark in run.marks
        if mark.action.startswith("call")
    }
    assert calls == {"zap", "warn", "fatal"}
