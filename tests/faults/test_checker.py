"""The checker sees what it is there for: else none of the other tests here would say anything."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from audience import definition
from audience.days import Day
from audience.reports import Report
from ingest.log.batches import to_reports
from ingest.log.encoding import decode
from ingest.log.reading import Reader
from ingest.log.topic import partition_of
from tests.faults.checking import Evidence, check, problems
from tests.faults.loading import Load
from tests.faults.oneprocess import final_levels
from tests.faults.operations import (
    IDENTIFY,
    Operation,
    OperationLog,
    Outcome,
    Said,
    what_it_says,
)
from tests.faults.players import hostile, steady, together
from tests.serve.running import PLAIN, serving

T = 1_764_000_000_000
PARTITIONS = 4
ZONE = "Asia/Jakarta"


def reported(at: float, said: Said) -> Report:
    t = T + int(at * 1000) - said.age
    return Report(
        t=t,
        viewer=IDENTIFY(said.viewer),
        session=IDENTIFY(said.session),
        channel=said.channel,
        state=said.state,  # type: ignore[arg-type]  # one of them
        playhead=said.playhead,
        interval=int(said.interval * 1000),
        seq=said.seq,
        received=t + said.age,
    )


def divided(reports: Sequence[Report]) -> dict[int, list[Report]]:
    return {
        number: [each for each in reports if partition_of(each.viewer, PARTITIONS) == number]
        for number in range(PARTITIONS)
    }


@pytest.fixture(scope="module")
def good() -> Evidence:
    """Everything said arrived, one report in three unanswered, and all was counted rightly."""
    sayings = hostile(seed=1, viewers=30, seconds=60)
    reports = [reported(at, said) for at, said in sayings]
    day = Day.of(T // 1000, ZoneInfo(ZONE))
    return Evidence(
        operations=[
            Operation(at, said, Outcome.acknowledged if number % 3 else Outcome.unknown)
            for number, (at, said) in enumerate(sayings)
        ],
        stored=divided(reports),
        levels=definition.levels(reports),
        raw=frozenset(map(what_it_says, reports)),
        days={(ZONE, day.date): definition.figures(reports, day)},
    )


def without(evidence: Evidence, lost: Report) -> Evidence:
    """It never reached the log, and nothing was counted of it."""
    stored = {
        number: [each for each in reports if what_it_says(each) != what_it_says(lost)]
        for number, reports in evidence.stored.items()
    }
    left = [each for reports in stored.values() for each in reports]
    raw = frozenset(map(what_it_says, left))
    return replace(evidence, stored=stored, levels=definition.levels(left), raw=raw, days={})


def said_of(evidence: Evidence) -> str:
    return "\n".join(problems(evidence))


def one_of(evidence: Evidence, outcome: Outcome) -> Report:
    operation = next(each for each in evidence.operations if each.outcome is outcome)
    return reported(operation.at, operation.said)


def test_nothing_is_said_of_what_is_right(good: Evidence) -> None:
    assert len(good.reports) > 200
    assert len(good.levels) > 100
    check(good)


@pytest.mark.parametrize("by", [(1, 0), (0, 1), (-1, 0)])
def test_one_viewer_or_session_too_many_in_one_second_is_seen(
    good: Evidence, by: tuple[int, int]
) -> None:
    (channel, second), (viewers, sessions) = next(iter(good.levels.items()))
    level = (viewers + by[0], sessions + by[1])
    altered = replace(good, levels={**good.levels, (channel, second): level})
    assert f"{channel} at {second}: {level} stored" in said_of(altered)
    with pytest.raises(AssertionError, match="1 levels"):
        check(altered)


def test_a_second_that_is_missing_and_one_too_many_are_seen(good: Evidence) -> None:
    at = next(iter(good.levels))
    missing = {key: level for key, level in good.levels.items() if key != at}
    assert "1 levels" in said_of(replace(good, levels=missing))
    assert "1 levels" in said_of(replace(good, levels={**good.levels, ("tv-1", 1): (1, 1)}))


def test_an_acknowledged_report_that_is_lost_is_seen(good: Evidence) -> None:
    lost = one_of(good, Outcome.acknowledged)
    dropped = without(good, lost)
    assert said_of(dropped).startswith("1 acknowledged, and lost")


def test_one_whose_answer_is_not_known_may_be_there_or_not(good: Evidence) -> None:
    check(without(good, one_of(good, Outcome.unknown)))


def test_what_still_waits_in_a_spool_is_not_lost_and_what_a_test_destroyed_is_forgiven(
    good: Evidence,
) -> None:
    lost = one_of(good, Outcome.acknowledged)
    check(replace(without(good, lost), spooled=[lost]))
    check(replace(without(good, lost), forgiven=frozenset({what_it_says(lost)})))


def test_one_that_was_stored_and_not_counted_is_seen(good: Evidence) -> None:
    counted = (without(good, report).levels for report in good.reports)
    wrong = next(levels for levels in counted if levels != good.levels)
    assert "that are wrong" in said_of(replace(good, levels=wrong))


def test_a_report_doubled_in_the_log_is_none_and_one_doubled_to_another_partition_is_seen(
    good: Evidence,
) -> None:
    number, reports = next((n, each) for n, each in good.stored.items() if each)
    again = {**good.stored, number: [*reports, reports[0]]}
    check(replace(good, stored=again))
    other = (number + 1) % PARTITIONS
    doubled = {**good.stored, other: [*good.stored[other], reports[0]]}
    assert "counted twice" in said_of(replace(good, stored=doubled))


def test_a_report_that_nobody_sent_is_seen(good: Evidence) -> None:
    _, *sent = good.operations
    assert "never sent" in said_of(replace(good, operations=sent))


def test_reports_that_storage_lacks_or_made_up_are_seen(good: Evidence) -> None:
    assert good.raw
    first, *rest = good.raw
    assert "1 in the log, not in storage" in said_of(replace(good, raw=frozenset(rest)))
    altered = good.raw | {(first[0], "made up", *first[2:])}
    assert "1 in storage, not in the log" in said_of(replace(good, raw=altered))


def test_a_wrong_figure_of_a_day_is_seen(good: Evidence) -> None:
    (day, figures), *_ = good.days.items()
    altered = {**figures, "*": replace(figures["*"], reach=figures["*"].reach + 1)}
    assert "*: Figures" in said_of(replace(good, days={day: altered}))
    without_one = {channel: each for channel, each in figures.items() if channel != "tv-1"}
    assert "tv-1: None" in said_of(replace(good, days={day: without_one}))


def test_what_one_process_counts_of_this_load_passes(tmp_path: Path) -> None:
    log = OperationLog()
    sayings = together(hostile(1, 30, 8), steady(2, 20, 8))
    with serving(tmp_path / "data", PLAIN) as server:
        with Load([server.url], sayings, log) as load:
            load.wait()
        stored = [
            report
            for record in Reader(server.data / "log").read(0)
            for report in to_reports(decode(record.payload))
        ]
        end = max(report.t for report in stored) // 1000 + 8
        levels = final_levels(server, min(r.t for r in stored) // 1000 - 1, end)
        assert server.stop() == 0
    assert log.count(Outcome.acknowledged) == len(sayings)
    check(Evidence(operations=log.all(), stored={0: stored}, levels=levels))
