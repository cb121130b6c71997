"""Where a fold could go wrong: its memory grows, wraps and forgets, and ranges have ends."""

import random
from collections.abc import Iterator
from itertools import product, repeat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from audience import definition
from audience.fold import Fold, memory
from audience.fold.fold import MOST_CHANNELS
from audience.fold.table import hash_of
from audience.reports import Report, halves, to_columns
from audience.rules import DEFAULT_INTERVAL, Rules
from audience.states import STATES
from tests import hostile
from tests.audience.counted import Counts, batches, fed, somebody

RULES = Rules()
T = 1_795_600_000_000
INTERVALS = (5_000, 10_000, 30_000, 40_000)
STATES_SAID = ("playing", "playing", "playing", None, None, *STATES)


def report(
    t: int, session: int, viewer: int = 1, *, state: str | None = "playing", **fields: object
) -> Report:
    said = Report(
        t=T + t,
        viewer=f"{viewer:032x}",
        session=f"{session:032x}",
        channel="tv",
        received=T + t,
    )
    return replace(said, state=state, **fields)


def crowd(seed: int, n: int, viewers: int, sessions: int, minutes: int) -> list[Report]:
    """Reports of `viewers` with up to `sessions` each, as they arrive: late, tied, sent again."""
    rng = random.Random(seed)
    reports = []
    for _ in range(n):
        t = rng.randrange(minutes * 60_000) // 500 * 500
        reports.append(
            report(
                t,
                rng.randrange(sessions),
                rng.randrange(viewers),
                state=rng.choice(STATES_SAID),
                channel=rng.choice(("tv", "radio", "news")),
                playhead=rng.choice((None, 0.0, 1.0)),
                interval=rng.choice(INTERVALS),
                received=T + t + rng.choice((0, 0, 0, -2_000, rng.randrange(RULES.lateness + 1))),
            )
        )
    reports += rng.choices(reports, k=n // 50)
    return sorted(reports, key=lambda each: each.received)


def finished(fold: Fold) -> Counts:
    fold.advance(fold.watermark + RULES.settling + 60_000)
    return somebody(fold.take_final())


def sizes(seed: int, most: int) -> Iterator[int]:
    rng = random.Random(seed)
    while True:
        yield rng.randint(1, most)


@pytest.fixture(params=["copied as it grows", "growing where it stands", "now this, now that"])
def room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How arrays grow: small ones are copied, those of a large audience have addresses to spare."""
    if request.param != "copied as it grows":
        monkeypatch.setattr(memory, "LARGE", 1)
        spare = 1 << 24 if request.param == "growing where it stands" else 1 << 14
        monkeypatch.setattr(memory, "RESERVED", spare)


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize(
    ("viewers", "sessions"), [(400, 1), (60, 5), (1, 40)], ids=["many", "several each", "one"]
)
def test_half_an_hour_of_a_crowd_is_the_definition_s(viewers: int, sessions: int) -> None:
    reports = crowd(viewers, 5_000, viewers, sessions, 30)
    fold = Fold(RULES)
    for batch in batches(reports, sizes(viewers, 700)):
        fed(fold, batch)
    assert fold.late() == {}
    assert finished(fold) == definition.levels(reports)
    assert fold.live_sessions == 0


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("size", [1, 63, 64, 65, 10_000])
def test_growth_in_the_middle_of_batches_is_no_growth(size: int) -> None:
    reports = crowd(7, 1_500, 200, 2, 4)
    fold = Fold(RULES)
    for batch in batches(reports, repeat(size)):
        fed(fold, batch)
    assert finished(fold) == finished(fed(Fold(RULES), reports))


def test_a_channel_first_heard_of_in_the_middle_takes_its_place_in_the_order_of_ties() -> None:
    paused_on = ["m", "z", "a", "k"]  # by name: a < k < m < z
    tied = [report(1_000, 1, state="paused", channel=name) for name in paused_on]
    tied += [report(1_000, 1, state="playing", channel=name, seq=1) for name in paused_on]
    reports = [*tied, report(9_000, 1, state="quit", channel="b")]
    one_by_one = Fold(RULES)
    for each in reports:
        fed(one_by_one, [each])
    assert finished(one_by_one) == definition.levels(reports)
    assert {channel for channel, _ in definition.levels(reports)} == {"*", "z"}


def test_two_hundred_sessions_of_one_viewer_are_one_viewer() -> None:
    begin = [report(s * 100, s) for s in range(200)]
    end = [report(60_000 + s * 37 % 20_000, s, state="quit") for s in range(200)]
    reports = sorted(begin + end, key=lambda each: each.t)
    fold = fed(Fold(RULES), reports)
    at = (T + 60_000) // 1000
    assert somebody([fold.provisional()])["*", at - 1] == (1, 200)
    counts = finished(fold)
    assert counts == definition.levels(reports)
    assert {viewers for viewers, _ in counts.values()} == {1}


@pytest.mark.parametrize("gone", [0, 1, 2, 3])
def test_a_viewer_s_other_sessions_are_found_when_any_of_them_is_forgotten(gone: int) -> None:
    """The first session's row is the one that the viewer is found by."""
    stays = [s for s in range(4) if s != gone]
    beats = [report(t, s) for t in range(0, 600_000, 30_000) for s in stays]
    joins = report(500_000, 9)
    reports = sorted([report(0, gone, state="quit"), *beats, joins], key=lambda each: each.t)
    fold = Fold(RULES)
    for each in reports:
        fed(fold, [each])
    assert fold.live_sessions == 4  # `gone` is forgotten, and its row is used again
    counts = finished(fold)
    assert counts == definition.levels(reports)
    assert counts["*", T // 1000 + 510] == (1, 4)


@pytest.mark.parametrize("lateness", [0, 1, 999, 1_000, 1_001, 2_000, 120_000])
@pytest.mark.parametrize("jump", [1_000, 20_000, 36_001, 60_000, 120_000])
def test_sessions_of_a_viewer_that_run_out_in_one_jump_of_time_are_each_counted_to_their_end(
    lateness: int, jump: int
) -> None:
    """Whichever of them is looked at first, and forgotten."""
    pauses = (0, 100, 600, 2_500, 3_000, 10_603, 14_999)
    begins = (0, 245, 495, 999)
    for first, second in [(1, 2), (2, 1)]:
        for begin, pause in product(begins, pauses):
            reports = [
                report(begin, first, interval=5_000),
                report(begin + pause, second, interval=5_000),
            ]
            fold = fed(Fold(Rules(lateness=lateness, max_interval=5_000)), reports)
            for passed in range(jump, 240_000 + jump, jump):
                fold.advance(T + begin + pause + passed)
            assert somebody(fold.take_final()) == definition.levels(reports)


def test_a_forgotten_session_begins_anew_in_a_row_used_before() -> None:
    """Each round's sessions take the rows of the last one's, whose channel and state are others."""
    reports = []
    for turn, state in enumerate(["playing", "paused", None, "quit", "seeking"] * 2):
        at = turn * 600_000
        reports += [report(at + s, s, s // 2, state=state, channel=f"c{turn}") for s in range(30)]
    fold = Fold(RULES)
    for each in reports:
        fed(fold, [each])
    rows = fold._memory.scalars["rows"][0]
    assert finished(fold) == definition.levels(reports)
    assert rows == 30


@pytest.mark.usefixtures("room")
def test_the_ring_of_reports_wraps_and_grows_while_late_ones_walk_it() -> None:
    """A steady stream laps the ring many times; a burst lays it anew from the middle of a lap."""
    steady = [report(t, 1 + t // 1_000 % 20) for t in range(0, 3_000_000, 1_000)]
    burst = [report(700_000 + n, 100 + n, 3) for n in range(900)]
    late = [
        report(t - 100_500, 1 + t // 1_000 % 20, state="paused", received=T + t)
        for t in range(200_000, 3_000_000, 7_000)
    ]
    reports = sorted(steady + burst + late, key=lambda each: each.received)
    fold = Fold(RULES)
    for batch in batches(reports, sizes(3, 50)):
        fed(fold, batch)
    assert fold._memory.scalars["head"][0] > 2 * fold._memory.scalars["lap"][0]
    assert fold.late() == {}
    assert finished(fold) == definition.levels(reports)


@pytest.mark.parametrize("at", [0, 1, 999, 1_000, 120_000, 2**40])
def test_the_epoch_is_a_time_like_any_other(at: int) -> None:
    said = [(0, "playing"), (30_000, None), (30_000, "paused"), (70_001, "seeking"), (99_999, None)]
    reports = [replace(report(0, 1, state=state), t=at + t, received=at + t) for t, state in said]
    assert finished(fed(Fold(RULES), reports)) == definition.levels(reports)


def test_sequence_numbers_order_to_the_ends_of_their_range() -> None:
    ends = (-(2**63), -1, 0, 2**63 - 1)
    for last in ends:
        reports = [
            report(0, 1, seq=seq, state="playing" if seq == max(ends[0], last) else "paused")
            for seq in ends
            if seq <= last
        ]
        shuffled = random.Random(last).sample(reports, len(reports))
        assert definition.levels(reports)
        assert finished(fed(Fold(RULES), shuffled)) == definition.levels(reports)


def test_minus_zero_is_the_playhead_zero() -> None:
    reports = [
        report(0, 1, state="paused", playhead=0.0),
        report(0, 1, state="paused", playhead=-0.0),
    ]
    still = report(10_000, 1, state=None, playhead=-0.0)
    fold = fed(Fold(RULES), [*reports, still])
    assert fold.duplicates == 1
    assert finished(fold) == definition.levels([*reports, still]) == {}


def test_an_interval_of_nothing_is_believed_for_nothing() -> None:
    reports = [report(t, 1, interval=0) for t in (0, 1_000, 1_001, 3_500)]
    reports += [report(5_000, 1), report(7_000, 1, interval=0)]
    fold = Fold(RULES)
    for each in reports:
        fed(fold, [each])
    assert finished(fold) == definition.levels(reports)


@pytest.mark.parametrize("interval", [RULES.max_interval + 1, 600_000, 2**31 - 1])
def test_a_promise_beyond_the_longest_is_taken_as_the_longest(interval: int) -> None:
    said = [(0, 1, interval), (100_000, 1, DEFAULT_INTERVAL), (100_500, 2, interval)]
    reports = [report(t, session, interval=each) for t, session, each in said]
    taken = [replace(each, interval=min(each.interval, RULES.max_interval)) for each in reports]
    fold = fed(Fold(RULES), reports)
    fold.advance(fold.watermark + 10 * RULES.settling)
    assert somebody(fold.take_final()) == definition.levels(taken)


def test_one_channel_too_many_is_refused_and_the_rest_counts_on() -> None:
    fold = Fold(Rules(lateness=0, max_interval=5_000))
    fold.know([f"c{n}" for n in range(MOST_CHANNELS - 1)])
    with pytest.raises(ValueError, match="more than 65535 channels"):
        fold.know(["last", "one too many"])
    with pytest.raises(ValueError, match="more than 65535 channels"):
        fed(fold, [report(0, 1, channel=name) for name in ("last", "one too many")])
    assert not fold.started
    reports = [report(0, 1, channel="last"), report(0, 2, channel="c0")]
    fed(fold, reports)
    fold.advance(fold.watermark + 1_000_000)
    assert (fold.channels[-1], len(fold.channels)) == ("last", MOST_CHANNELS + 1)
    taken = [replace(each, interval=5_000) for each in reports]
    final = [levels.since(T // 1000) for levels in fold.take_final() if levels.end > T // 1000]
    busy = {
        (fold.channels[c], levels.first + int(j))
        for levels in final
        for c, j in zip(*np.nonzero(levels.sessions), strict=True)
    }
    assert busy == set(definition.levels(taken))


@settings(max_examples=100)
@given(
    reports=hostile.arrivals(size=12),
    jumps=st.lists(st.sampled_from([0, 1, 999, 1_000, 59_999, 60_000, 60_001, 10**7]), max_size=9),
)
def test_a_watermark_that_jumps_makes_late_and_never_wrong(
    reports: list[Report], jumps: list[int]
) -> None:
    """Time may pass in any steps; what then comes too late is as if it was never sent."""
    fold, counted = Fold(RULES), []
    for n, each in enumerate(reports):
        if n and jumps:
            fold.advance(fold.watermark + jumps[n % len(jumps)])
        moment = max(each.received, each.t - hostile.EARLY)
        # Of one report more the watermark does not move before it is taken, up to a second.
        known = fold.watermark if fold.started else moment
        at = known if moment < known + 1_000 else moment
        if each.t >= at - RULES.lateness:
            counted.append(each)
        fed(fold, [each])
    assert sum(fold.late().values()) == len(reports) - len(counted)
    assert finished(fold) == definition.levels(counted)


def test_time_that_goes_back_changes_nothing() -> None:
    reports = [report(t, 1) for t in (0, 30_000, 60_000)]
    fold = fed(Fold(RULES), reports)
    before = somebody([fold.provisional()])
    fold.advance(T)
    assert (fold.watermark, somebody([fold.provisional()])) == (T + 60_000, before)
    behind = report(61_000, 1, received=T + 20_000)
    assert finished(fed(fold, [behind])) == definition.levels([*reports, behind])


def test_an_age_passes_at_once() -> None:
    fold = fed(Fold(RULES), [report(0, 1)])
    fold.advance(253_402_300_799_999)
    assert somebody(fold.take_final()) == definition.levels([report(0, 1)])
    assert fold.final_until == RULES.final_until(fold.watermark)


@pytest.mark.parametrize("place", [0, 4, 8, 12, 16, 20, 24, 28])
@pytest.mark.parametrize("session_is", ["the viewer", "nothing"])
def test_ids_that_count_up_do_not_crowd_the_tables(place: int, session_is: str) -> None:
    """Where ids are no hashes: of 4,096 in a table of 8,192 slots about 3,224 have their own."""
    viewer = halves(f"{n << 4 * place:032x}"[-32:] for n in range(4_096))
    session = viewer if session_is == "the viewer" else np.zeros_like(viewer)
    of_session, of_viewer = (
        [hash_of(*v, *other) & np.uint64(8_191) for v, other in zip(viewer, others, strict=True)]
        for others in (session, viewer)
    )
    assert min(len(set(of_session)), len(set(of_viewer))) > 2_500


def test_columns_that_cannot_be_written_or_do_not_lie_together_count_alike() -> None:
    reports = crowd(5, 300, 20, 2, 3)
    columns = to_columns([each for pair in zip(reports, reports, strict=True) for each in pair])
    spread = columns.take(slice(None, None, 2))
    spread.t.flags.writeable = False
    fold = Fold(RULES)
    fold.feed(spread)
    assert finished(fold) == definition.levels(reports)
