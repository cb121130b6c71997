"""The fold answers what the definition answers, however the reports come."""

import random
from dataclasses import replace
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience import definition
from audience.fold import Fold
from audience.fold.fold import MARGIN
from audience.reports import Report, to_columns
from audience.rules import Rules
from audience.totals import Totals
from tests import hostile
from tests.audience.counted import batches, ended, fed, somebody

RULES = Rules()
OF_KINDS = [replace(RULES, kinds=kinds) for kinds in hostile.KINDS]
TIGHT = Rules(lateness=0, max_interval=40_000)
T = 1_795_600_000_000
LONG_AFTER = 1_000_000


def sizes() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(1, 9), min_size=64, max_size=64)


@settings(max_examples=300)
@given(reports=hostile.arrivals(size=12), sizes=sizes(), rules=st.sampled_from(OF_KINDS))
def test_final_levels_are_the_definition_s_in_batches_of_any_size(
    reports: list[Report], sizes: list[int], rules: Rules
) -> None:
    fold = Fold(rules)
    final = fold.take_final()
    for batch in batches(reports, iter(sizes * 9)):
        final += fed(fold, batch).take_final()
    fold.advance(fold.watermark + LONG_AFTER)
    final += fold.take_final()
    assert fold.late() == {}
    assert somebody(final) == definition.levels(reports, kinds=rules.kinds)


@settings(max_examples=300)
@given(
    reports=hostile.arrivals(size=12),
    sizes=sizes(),
    wait=st.integers(0, 130_000),
    rules=st.sampled_from(OF_KINDS),
)
def test_as_of_any_instant_the_fold_is_the_definition_as_of_that_instant(
    reports: list[Report], sizes: list[int], wait: int, rules: Rules
) -> None:
    fold = Fold(rules)
    told: list[Report] = []
    for batch in batches(reports, iter(sizes * 9)):
        fed(fold, batch)
        told += batch
        following = reports[len(told)].received if len(told) < len(reports) else None
        until = fold.watermark + wait
        fold.advance(until if following is None else min(until, following))
        expected = {
            (channel, second): counts
            for (channel, second), counts in definition.levels(
                told, fold.watermark, rules.kinds
            ).items()
            if second > fold.final_until
        }
        assert somebody([fold.provisional()]) == expected


@settings(max_examples=200)
@given(
    reports=hostile.arrivals(),
    sizes=sizes(),
    every=st.integers(1, 9),
    starts=st.sampled_from((0, 0, 2, 6)),
    rules=st.sampled_from(OF_KINDS),
)
def test_every_figure_of_every_day_is_the_definition_s(
    reports: list[Report], sizes: list[int], every: int, starts: int, rules: Rules
) -> None:
    zones = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")]
    fold, totals = Fold(rules), Totals(zones, starts)
    closed = []
    for n, batch in enumerate(batches(reports, iter(sizes * 9))):
        fed(fold, batch)
        if n % every == 0:
            closed += ended(totals, fold, fold.take_final())
    for days in (1, 2):
        fold.advance(fold.watermark + days * 86_400_000)
        closed += ended(totals, fold, fold.take_final())
    assert {day.zone for day, _ in closed} == set(zones)
    for day, figures in closed:
        assert figures == definition.figures(reports, day, rules.kinds)


@settings(max_examples=100)
@given(reports=hostile.arrivals(), rules=st.sampled_from(OF_KINDS))
def test_today_s_figures_once_all_is_heard_are_the_definition_s(
    reports: list[Report], rules: Rules
) -> None:
    fold, totals = fed(Fold(rules), reports), Totals([ZoneInfo("Asia/Jakarta")])
    fold.advance(fold.watermark + RULES.max_bridge + 2_000)
    totals.follow(fold, fold.take_final())
    for each in totals.open:
        expected = definition.figures(reports, each.day, rules.kinds)
        assert each.figures(fold, fold.provisional()) == expected


@settings(max_examples=100)
@given(reports=hostile.report_sets())
def test_reports_in_order_of_their_time_need_no_lateness(reports: list[Report]) -> None:
    fold = Fold(TIGHT)
    columns = to_columns(reports).take(np.argsort([r.t for r in reports], kind="stable"))
    fold.feed(replace(columns, received=columns.t))
    fold.advance(fold.watermark + LONG_AFTER)
    assert somebody(fold.take_final()) == definition.levels(reports)


def heartbeats(sessions: int, rounds: int, interval: int = 30_000) -> list[Report]:
    return [
        Report(
            t=T + n * interval + s * interval // sessions,
            viewer=f"{s:032x}",
            session=f"{s:032x}",
            channel="tv",
            state="playing",
            interval=interval,
            received=T + n * interval + s * interval // sessions,
        )
        for n in range(rounds)
        for s in range(sessions)
    ]


@pytest.mark.parametrize("rules", [RULES, Rules(kinds={"tv": "tv"})])
def test_heartbeats_of_sessions_that_go_on_change_nothing(rules: Rules) -> None:
    fold = fed(Fold(rules), heartbeats(100, 1))
    begun = fold.take_changes()
    assert (begun["sign"].sum(), len(begun)) == (100, 100)
    fold.feed(to_columns(heartbeats(100, 20)[100:]))
    assert len(fold.take_changes()) == 0


def test_memory_does_not_grow_with_time() -> None:
    hour, five_hours = (fed(Fold(RULES), heartbeats(50, rounds)).nbytes for rounds in (120, 600))
    assert hour == five_hours


def test_what_ended_is_forgotten() -> None:
    fold = fed(Fold(RULES), heartbeats(500, 2))
    assert fold.live_sessions == 500
    fold.advance(fold.watermark + RULES.settling + MARGIN + 1_000)
    assert fold.live_sessions == 0


SHORT = Rules(lateness=4_000, max_interval=5_000)


def of_few_viewers(seed: int, sessions: int) -> list[Report]:
    """Sessions of two viewers over half an hour, each some minutes long, with pauses and gaps."""
    rng = random.Random(seed)
    said = []
    for number in range(sessions):
        t = T + rng.randrange(1_800_000)
        for _ in range(rng.randrange(1, 20)):
            said.append(
                Report(
                    t=t,
                    viewer=f"{number % 7 // 6:032x}",
                    session=f"{number:032x}",
                    channel=rng.choice(("tv", "tv", "radio")),
                    state=rng.choice(("playing", "playing", "paused", None)),
                    interval=5_000,
                    received=t + rng.choice((0, 0, 500, SHORT.lateness)),
                )
            )
            t += rng.choice((2_499, 5_000, 14_999, 15_000, 15_001, 25_000))
    return sorted(said, key=lambda each: each.received)


@pytest.mark.parametrize("seed", range(12))
def test_a_viewer_of_hundreds_of_sessions_is_counted_once_while_they_come_and_are_forgotten(
    seed: int,
) -> None:
    rules = replace(SHORT, kinds={"tv": "tv"})
    reports = of_few_viewers(seed, sessions=(9, 40, 300)[seed % 3])
    fold = Fold(rules)
    final = fold.take_final()
    for at in range(0, len(reports), 7):
        fold.feed(to_columns(reports[at : at + 7]))
        final += fold.take_final()
    fold.advance(fold.watermark + LONG_AFTER)
    final += fold.take_final()
    assert somebody(final) == definition.levels(reports, kinds=rules.kinds)
    assert fold.live_sessions == 0


def test_sessions_of_one_viewer_are_forgotten_as_those_of_many() -> None:
    one, many = (
        fed(
            Fold(SHORT),
            [msgspec.structs.replace(r, viewer="0" * 32) for r in said] if same else said,
        )
        for same, said in ((same, of_passing_sessions()) for same in (True, False))
    )
    assert one.live_sessions == many.live_sessions < 30
    assert one.nbytes == many.nbytes


def of_passing_sessions() -> list[Report]:
    """A new session each second for an hour, which says so once."""
    return [
        Report(
            t=at, viewer=f"{at:032x}", session=f"{at:032x}", channel="tv", state="playing",
            interval=5_000, received=at,
        )
        for at in range(T, T + 3_600_000, 1_000)
    ]  # fmt: skip


def test_a_report_at_the_lateness_counts_and_one_ms_beyond_is_late() -> None:
    now, then = heartbeats(1, 1)[0], heartbeats(2, 1)[1]
    fold = fed(Fold(RULES), [now])
    at = fold.watermark - RULES.lateness
    exactly, beyond = (
        Report(
            t=t, viewer=then.viewer, session=then.session, channel="tv", state="playing",
            received=now.received,
        )
        for t in (at, at - 1)
    )  # fmt: skip
    assert fed(fold, [exactly]).late() == {}
    assert fed(fold, [beyond]).late() == {"tv": 1}


def test_a_duplicate_is_noticed_and_changes_nothing() -> None:
    once, twice = (fed(Fold(RULES), heartbeats(3, 3) * n) for n in (1, 2))
    assert (once.duplicates, twice.duplicates) == (0, 9)
    assert somebody([once.provisional()]) == somebody([twice.provisional()])


@pytest.mark.parametrize(
    ("after", "expected"), [(29_999, 0), (30_000, 1), (89_999, 1), (90_000, 0)]
)
def test_a_session_is_unconfirmed_from_its_interval_to_its_bridge(
    after: int, expected: int
) -> None:
    fold = fed(Fold(RULES), heartbeats(1, 1))
    fold.advance(T + after)
    assert fold.unconfirmed().tolist() == [expected, expected]
    fold = fed(Fold(Rules(kinds={"tv": "tv"})), heartbeats(1, 1))
    fold.advance(T + after)
    assert dict(zip(fold.channels, fold.unconfirmed().tolist(), strict=True)) == {
        "*": expected,
        "*tv": expected,
        "tv": expected,
    }


@pytest.mark.parametrize("rules", [RULES, Rules(kinds={"tv": "tv"})])
def test_ends_are_told_apart_by_who_said_so(rules: Rules) -> None:
    leaves, vanishes = heartbeats(2, 1)
    quits = Report(
        t=leaves.t + 5_000, viewer=leaves.viewer, session=leaves.session, channel="tv",
        state="quit", received=leaves.t + 20_000,
    )  # fmt: skip
    fold = fed(Fold(rules), [leaves, vanishes, quits])
    fold.advance(fold.watermark + RULES.max_bridge)
    assert fold.ends() == {("tv", "reported"): 1, ("tv", "timeout"): 1}


def test_a_silent_year_is_passed_over() -> None:
    fold = fed(Fold(RULES), heartbeats(1, 2))
    fold.advance(T + 365 * 86_400_000)
    again = heartbeats(1, 1)[0]
    later = Report(
        t=fold.watermark, viewer=again.viewer, session=again.session, channel="tv",
        state="playing", received=fold.watermark,
    )  # fmt: skip
    fold.feed(to_columns([later]))
    fold.advance(fold.watermark + LONG_AFTER)
    seconds = {second for _, second in somebody(fold.take_final())}
    assert len(seconds) == 45 + 15
