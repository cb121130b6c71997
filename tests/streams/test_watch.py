"""watch: what is live, what is settled, and every second once in one of them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from audience import definition
from audience.reports import Report, to_columns
from audience.rules import Rules
from streams.recent import Recent
from streams.watch import Settled, Watch

JAKARTA = ZoneInfo("Asia/Jakarta")
RULES = Rules(lateness=2_000, max_interval=5_000)
T = 1_795_600_000_000


def heartbeats(sessions: int, seconds: int) -> list[Report]:
    return [
        Report(
            t=T + second * 1000 + s,
            viewer=f"{s:032x}",
            session=f"{s:032x}",
            channel="tv" if s % 2 else "radio",
            state="playing",
            interval=5_000,
            received=T + second * 1000 + s,
        )
        for second in range(0, seconds, 5)
        for s in range(sessions)
    ]


def second_by_second(watch: Watch, reports: list[Report], seconds: int) -> list[Settled]:
    settled = []
    recent = Recent(T // 1000)
    for second in range(seconds):
        begin = T + second * 1000
        watch.take(to_columns([r for r in reports if begin <= r.received < begin + 1000]))
        watch.pass_time(begin + 1000)
        recent = recent.after(watch.follow(), watch.fold.provisional())
        snapshot = watch.snapshot()
        assert snapshot is not None
        assert snapshot.now[0].channel == "*"
        told = [r for r in reports if r.received < begin + 1000]
        expected = definition.levels(told, snapshot.watermark)
        found = {at: (v, s) for at, v, s, _ in recent.counts("*", T // 1000, snapshot.at + 1)}
        assert found == {at: counts for (name, at), counts in expected.items() if name == "*"}
        if second % 7 == 0:
            settled.append(watch.settle())
    return settled


def test_no_second_is_missing_or_double_at_any_moment() -> None:
    reports = heartbeats(6, 60)
    settled = second_by_second(Watch(RULES, [JAKARTA]), reports, 100)
    seconds = [
        at for part in settled for each, _ in part.levels for at in range(each.first, each.end)
    ]
    assert seconds == sorted(set(seconds))
    expected = {at for name, at in definition.levels(reports) if name == "*"}
    assert expected <= set(seconds)


def test_what_was_shown_live_stands_beside_what_became_final() -> None:
    settled = second_by_second(Watch(RULES, [JAKARTA]), heartbeats(6, 60), 100)
    pairs = [
        (int(shown[0, j]), int(levels.viewers[0, j]))
        for part in settled
        for levels, shown in part.levels
        for j in range(levels.viewers.shape[1])
    ]
    # Nobody said to leave: for a bridge they were shown, and half an interval was final.
    assert pairs.count((6, 6)) >= 56
    assert (6, 0) in pairs


def test_attendance_is_told_once_and_the_day_s_figures_are_of_final_seconds() -> None:
    settled = second_by_second(Watch(RULES, [JAKARTA]), heartbeats(6, 60), 100)
    told = [len(who.channel) for part in settled for _, _, who in part.attended]
    assert sum(told) == 6
    day, figures, status = settled[-1].days[-1]
    assert (day.date, status) == (dt.date(2026, 11, 25), "provisional")
    assert figures["*"].reach == 6


def test_a_watch_that_goes_on_tells_nothing_of_seconds_that_are_known() -> None:
    since = T // 1000 + 30
    settled = second_by_second_from(since)
    assert min(each.first for part in settled for each, _ in part.levels) == since + 1


def second_by_second_from(since: int) -> list[Settled]:
    watch = Watch(RULES, [JAKARTA], since=since)
    watch.take(to_columns(heartbeats(2, 60)))
    watch.pass_time(T + 100_000)
    watch.follow()
    return [watch.settle()]


@pytest.mark.parametrize("seconds", [0, 1])
def test_before_any_time_has_passed_there_is_no_snapshot(seconds: int) -> None:
    watch = Watch(RULES, [JAKARTA])
    if seconds:
        watch.pass_time(T)
    assert (watch.snapshot() is None) == (seconds == 0)
