"""The six rules, each at its boundary."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from audience import definition
from audience.days import Day
from audience.definition import Watch, levels, watches
from audience.figures import Figures
from audience.reports import Report
from audience.states import STATES, WATCHING, State

DAY = Day(dt.date(2026, 11, 25), ZoneInfo("Asia/Jakarta"))
T = (DAY.first + 3600) * 1000
"""A whole second within the day, in ms."""


def report(
    t: int,
    state: State | None = "playing",
    *,
    viewer: int = 1,
    session: int = 1,
    channel: str = "tv",
    playhead: float | None = None,
    interval: int = 30_000,
    seq: int = 0,
) -> Report:
    return Report(
        t=T + t,
        viewer=f"{viewer:032x}",
        session=f"{session:032x}",
        channel=channel,
        state=state,
        playhead=playhead,
        interval=interval,
        seq=seq,
    )


def stretches(*reports: Report, as_of: int | None = None) -> list[tuple[str, int, int]]:
    found = watches(reports, None if as_of is None else T + as_of)
    return [(w.channel, w.start - T, w.end - T) for w in found]


def test_a_report_is_believed_until_the_next_one() -> None:
    assert stretches(report(0), report(30_000, "quit")) == [("tv", 0, 30_000)]


def test_a_gap_one_ms_shorter_than_the_bridge_is_bridged() -> None:
    assert stretches(report(0), report(89_999, "quit")) == [("tv", 0, 89_999)]


def test_a_gap_of_exactly_the_bridge_is_not_bridged() -> None:
    assert stretches(report(0), report(90_000, "quit")) == [("tv", 0, 15_000)]


def test_a_player_that_vanished_has_watched_half_an_interval() -> None:
    assert stretches(report(0)) == [("tv", 0, 15_000)]


def test_the_tail_of_an_odd_interval_is_rounded_down() -> None:
    assert stretches(report(0, interval=5_001)) == [("tv", 0, 2_500)]


def test_the_bridge_is_that_of_the_report_before_the_gap() -> None:
    assert stretches(report(0, interval=5_000), report(15_000, "quit", interval=40_000)) == [
        ("tv", 0, 2_500)
    ]


@pytest.mark.parametrize("state", STATES)
def test_only_a_watching_state_watches(state: State) -> None:
    assert bool(stretches(report(0, state))) == (state in WATCHING)


def test_a_session_that_changes_channel_leaves_the_old_one() -> None:
    assert stretches(report(0), report(10_000, channel="radio"), report(20_000, "quit")) == [
        ("tv", 0, 10_000),
        ("radio", 10_000, 20_000),
    ]


def test_of_reports_at_one_instant_the_last_in_the_total_order_is_believed() -> None:
    by_state = [report(0, "paused"), report(0, "playing"), report(5_000, "quit")]
    assert stretches(*by_state) == [("tv", 0, 0)]
    by_seq = [report(0, "paused", seq=1), report(0, "playing", seq=2), report(5_000, "quit")]
    assert stretches(*by_seq) == [("tv", 0, 5_000)]


def test_equal_reports_are_one() -> None:
    twice = [report(0), report(0), report(30_000), report(30_000, playhead=None)]
    assert stretches(*twice) == stretches(report(0), report(30_000))


def test_an_unnamed_report_with_nothing_before_it_plays() -> None:
    assert stretches(report(0, None)) == [("tv", 0, 15_000)]


def test_an_unnamed_report_exactly_a_bridge_later_plays_whatever_was_before() -> None:
    assert stretches(report(0, "paused"), report(90_000, None)) == [("tv", 90_000, 105_000)]
    assert stretches(report(0, "paused"), report(89_999, None)) == []


def test_an_unnamed_report_whose_playhead_moved_plays() -> None:
    assert stretches(report(0, "paused", playhead=1.0), report(10_000, None, playhead=2.0)) == [
        ("tv", 10_000, 25_000)
    ]


def test_an_unnamed_report_whose_playhead_stands_does_what_the_one_before_named() -> None:
    still = report(10_000, None, playhead=1.0)
    assert stretches(report(0, "waiting", playhead=1.0), still) == [
        ("tv", 0, 10_000),
        ("tv", 10_000, 25_000),
    ]
    assert stretches(report(0, "paused", playhead=1.0), still) == []


def test_an_unnamed_report_whose_playhead_stands_after_an_unnamed_one_is_paused() -> None:
    assert stretches(report(0, None, playhead=1.0), report(10_000, None, playhead=1.0)) == [
        ("tv", 0, 10_000)
    ]


def test_an_unnamed_report_without_a_playhead_goes_on_as_named_or_plays() -> None:
    assert stretches(report(0, "paused"), report(10_000, None)) == []
    assert stretches(report(0, "paused"), report(10_000, None), report(20_000, None)) == [
        ("tv", 20_000, 35_000)
    ]


def test_an_open_session_counts_until_its_bridge_runs_out() -> None:
    assert stretches(report(0), as_of=89_999) == [("tv", 0, 90_000)]
    assert stretches(report(0), as_of=90_000) == [("tv", 0, 15_000)]


def test_a_second_counts_whoever_watches_at_it_exactly() -> None:
    assert list(Watch("v", "s", "tv", 1_000, 2_000).seconds) == [1]
    assert list(Watch("v", "s", "tv", 1_001, 2_001).seconds) == [2]
    assert list(Watch("v", "s", "tv", 1_001, 2_000).seconds) == []


def test_a_viewer_with_two_sessions_is_one_viewer_and_two_sessions() -> None:
    counts = levels([report(0), report(0, session=2, channel="radio")])
    assert counts["tv", T // 1000] == (1, 1)
    assert counts["*", T // 1000] == (1, 2)


def test_one_session_id_under_two_viewers_is_two_sessions() -> None:
    assert levels([report(0), report(0, viewer=2)])["*", T // 1000] == (2, 2)


def test_the_peak_is_at_the_first_of_equal_seconds_and_a_stranger_s_day_is_empty() -> None:
    said = [report(0), report(2_000, "quit")]
    assert definition.figures(said, DAY)["tv"] == Figures(
        seconds=86_400, peak_viewers=1, peak_at=T // 1000, watch_seconds=2, reach=1, sessions=1
    )
    assert definition.figures(said, DAY.next) == {"*": Figures.nobody(DAY.next)}


def test_a_session_over_midnight_counts_in_both_days() -> None:
    to_midnight = DAY.end * 1000 - T
    said = [report(to_midnight - 1_500), report(to_midnight + 1_500, "quit")]
    today, tomorrow = (definition.figures(said, day)["*"] for day in (DAY, DAY.next))
    assert (today.watch_seconds, today.reach) == (1, 1)
    assert (tomorrow.watch_seconds, tomorrow.reach, tomorrow.peak_at) == (2, 1, DAY.end)
