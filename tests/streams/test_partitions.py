"""Partitions tell the same numbers whoever counts them, whatever is killed; the totals add up."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience import definition
from audience.days import Day
from audience.levels import Levels
from audience.reports import Report
from audience.rules import Rules
from streams.telling import Block, Told, Unreadable, block_of, decode, divided
from streams.total import UNHEARD, Stored, Total
from tests import hostile
from tests.streams.partitions import Counts, Log, counts

RULES = Rules()
JAKARTA = ZoneInfo("Asia/Jakarta")
PARTITIONS = 3
LONG_AFTER = 400  # s in which everything becomes final
SHORT = Rules(lateness=4_000, max_interval=5_000)
T = 1_795_600_000_000

STEPS = st.lists(
    st.tuples(
        st.integers(0, PARTITIONS - 1),
        st.sampled_from(("count", "tell") * 6 + ("unheard", "kill", "rebalance")),
    ),
    min_size=50,
    max_size=200,
)


def logs(reports: Sequence[Report], sizes: Sequence[int], rules: Rules) -> list[Log]:
    """The reports, in order of receipt, in the partitions of their viewers and in records."""
    made = [Log(number, rules) for number in range(PARTITIONS)]
    size = iter([*sizes] * 99)
    for log in made:
        mine = [r for r in reports if int(r.viewer, 16) % PARTITIONS == log.number]
        while mine:
            n = next(size)
            log.records.append(mine[:n])
            mine = mine[n:]
    return made


class Heard:
    """All that partitions told: what became final never changes, and nothing final is skipped."""

    def __init__(self, total: Total) -> None:
        self.total = total
        self.final: dict[int, Counts] = {number: {} for number in range(PARTITIONS)}
        self.until: dict[int, int] = {}

    def hear(self, told: Any) -> None:
        """One record of the levels topic."""
        final = self.final[told.partition]
        until = self.until.get(told.partition)
        for at, count in counts(told.final).items():
            assert until is None or at[1] > until or final.get(at) == count
            final[at] = count
        self.until[told.partition] = max(told.final_until, until or 0)
        self.total.take(told)


def until_the_end(
    logs: Sequence[Log], heard: Heard, end: int, kills: Collection[tuple[int, int]]
) -> None:
    """Time passes until all is final; `kills`: after how many records which is killed."""
    for log in logs:
        log.records += range(end, end + LONG_AFTER * 1000, 5_000)
    counted = 0
    while any(log.read < len(log.records) for log in logs):
        for log in logs:
            log.count()
            for told in log.tell(heard=True):
                heard.hear(told)
            counted += 1
            if (counted, log.number) in kills:
                log.kill()


@settings(max_examples=150)
@given(
    reports=hostile.arrivals(rules=SHORT, size=40),
    sizes=st.lists(st.integers(1, 9), min_size=8, max_size=8),
    steps=STEPS,
    kills=st.sets(st.tuples(st.integers(1, 300), st.integers(0, PARTITIONS - 1)), max_size=30),
)
def test_whatever_is_killed_the_final_levels_are_the_definition_s(
    reports: list[Report],
    sizes: list[int],
    steps: list[tuple[int, str]],
    kills: set[tuple[int, int]],
) -> None:
    partitions = logs(reports, sizes, SHORT)
    heard = Heard(Total(PARTITIONS, SHORT, [JAKARTA]))
    for number, step in steps:
        log = partitions[number]
        if step == "count":
            log.count()
        elif step == "kill":
            log.kill()
        elif step == "rebalance":
            log.rebalance()
        else:
            for told in log.tell(heard=step == "tell"):
                heard.hear(told)
    until_the_end(partitions, heard, max(r.received for r in reports), kills)
    for log in partitions:
        mine = [r for r in reports if int(r.viewer, 16) % PARTITIONS == log.number]
        assert heard.final[log.number] == definition.levels(mine)


@settings(max_examples=100)
@given(reports=hostile.arrivals(size=12), kinds=st.sampled_from(hostile.KINDS))
def test_the_totals_are_the_definition_s_at_every_moment(
    reports: list[Report], kinds: Mapping[str, str]
) -> None:
    rules = replace(RULES, kinds=kinds)
    total = Total(PARTITIONS, rules, [JAKARTA])
    begin = min(r.t for r in reports) - 10_000
    total.know(Stored(begin // 1000, {}))
    partitions = [Log(number, rules) for number in range(PARTITIONS)]
    end = max(r.received for r in reports) + LONG_AFTER * 1000
    for now in range(begin, end, 5_000):
        for log in partitions:
            came = [
                r
                for r in reports
                if now - 5_000 <= r.received < now and int(r.viewer, 16) % PARTITIONS == log.number
            ]
            log.records += [came, now] if came else [now]
            while log.read < len(log.records):
                log.count()
            for told in log.tell(heard=True):
                total.take(told)
        snapshot = total.follow()
        assert snapshot is not None
        assert snapshot.completeness == 1
        told_so_far = [r for r in reports if r.received < now]
        expected = definition.levels(told_so_far, snapshot.watermark, kinds)
        at, shown = snapshot.at, snapshot.today
        assert {
            (each.channel, at): (each.viewers, each.sessions)
            for each in snapshot.now
            if each.sessions
        } == {key: count for key, count in expected.items() if key[1] == at}
    for today in shown:
        day = Day(today.date, JAKARTA)
        truth = definition.figures(reports, day, kinds).get(today.channel)
        if truth and day.first >= begin // 1000:
            assert (today.figures.peak_viewers, today.figures.peak_at) == (
                truth.peak_viewers,
                truth.peak_at,
            )
            assert today.figures.watch_seconds == truth.watch_seconds


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"null", b"\xff", b'{"partition":"0"}', b"[" * 100_000]
)
def test_bytes_that_tell_nothing_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data)


def test_a_block_whose_rows_are_too_short_is_refused() -> None:
    block = {"first": 1, "seconds": 2, "viewers": {"*": [1]}, "sessions": {"*": [1]}}
    told = {"partition": 0, "watermark": 0, "final_until": 0, "final": block, "latest": block}
    with pytest.raises(Unreadable, match="rows"):
        decode(msgspec.json.encode(told | {"unconfirmed": {}}))


def test_a_long_stretch_of_many_channels_is_told_in_records_that_kafka_takes() -> None:
    names = ["*", *(f"channel-with-a-long-name-{n:040}" for n in range(999))]
    counts = np.full((1_000, 500), 12_345_678, np.int32)
    pieces = list(divided([Levels(names, T // 1000, counts, counts)]))
    assert [piece.first for piece in pieces] == [
        piece.end
        for piece in [Levels(names, T // 1000, counts[:, :0], counts[:, :0]), *pieces[:-1]]
    ]
    assert pieces[-1].end == T // 1000 + 500
    assert max(len(msgspec.json.encode(block_of(piece))) for piece in pieces) < 500_000


def test_a_partition_that_falls_silent_is_no_longer_counted_and_says_so() -> None:
    total = Total(2, RULES, [JAKARTA])
    for number in (0, 1):
        total.take(told_by(number, T))
    snapshot = total.follow()
    assert snapshot is not None
    assert (snapshot.completeness, snapshot.now[0].viewers) == (1, 10)
    total.take(told_by(0, T + UNHEARD))
    assert (total.follow() or snapshot).completeness == 1
    total.take(told_by(0, T + UNHEARD + 1))
    snapshot = total.follow()
    assert snapshot is not None
    assert (snapshot.completeness, snapshot.now[0].viewers) == (0.5, 5)


def told_by(number: int, watermark: int) -> Told:
    second = watermark // 1000
    rows = {"*": [5] * 20}
    return Told(
        partition=number,
        watermark=watermark,
        final_until=RULES.final_until(watermark),
        final=Block(RULES.final_until(watermark), 0, {}, {}),
        latest=Block(second - 19, 20, rows, rows),
        unconfirmed={},
    )


def test_who_takes_the_totals_over_remembers_the_hour_before_and_says_what_it_does_not_know() -> (
    None
):
    ones = np.ones((1, 60), np.int32)
    total = beginning()
    begun = total.recent.first
    total.remember(Levels(["*"], begun - 70, ones, ones), begun - 11)
    assert total.recent.peaks("*", begun - 80, 10, 9) == [None, 1, 1, 1, 1, 1, 1, None, 0]
    total = beginning()
    total.remember(Levels(["*"], begun - 50, ones, ones), begun + 9)
    assert total.recent.peaks("*", begun - 60, 10, 7) == [None, 1, 1, 1, 1, 1, 0]


def beginning() -> Total:
    total = Total(1, RULES, [JAKARTA])
    total.take(told_by(0, T))
    total.follow()
    return total


def restless(seed: int) -> list[list[Report] | int]:
    """Ten minutes of viewers who come, pause and go, some reports late; and each second's tick."""
    rng = random.Random(seed)
    said = []
    for number in range(12):
        t = T + rng.randrange(30_000)
        while t < T + 600_000:
            said.append(
                Report(
                    t=t,
                    viewer=f"{number // 2:032x}",
                    session=f"{number:032x}",
                    channel=rng.choice(("tv", "radio")),
                    state=rng.choice(("playing", "playing", "paused", None)),
                    playhead=rng.choice((None, 1.0, 2.0)),
                    interval=5_000,
                    received=t + rng.choice((0, 0, 0, 3_000, SHORT.lateness)),
                )
            )
            t += rng.choice((2_499, 5_000, 14_999, 15_000, 15_001, 40_000))
    records: list[list[Report] | int] = []
    for now in range(T, T + 700_000, 1_000):
        came = [each for each in said if now - 1_000 <= each.received < now]
        records += [sorted(came, key=lambda each: each.received), now] if came else [now]
    return records


@pytest.mark.parametrize("every", [3, 7, 40, 83])
def test_killed_again_and_again_it_tells_every_second_right(every: int) -> None:
    log = Log(0, SHORT)
    heard = Heard(Total(PARTITIONS, SHORT, [JAKARTA]))
    for n, record in enumerate(restless(every)):
        log.records.append(record)
        while log.read < len(log.records):
            log.count()
        for told in log.tell(heard=True):
            heard.hear(told)
        if n % every == 0:
            log.kill()
    assert log.committed > len(log.records) // 2
    reports = [each for record in log.records if not isinstance(record, int) for each in record]
    assert heard.final[0] == definition.levels(reports)
