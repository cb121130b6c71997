from hypothesis import given
from hypothesis import strategies as st

from ingest.clock import AHEAD, repair

RECEIVED = 1_795_558_330_000
LATENESS = 120_000
instants = st.integers(-(2**70), 2**70) | st.integers(RECEIVED - 2 * LATENESS, RECEIVED + 2 * AHEAD)
batches = st.lists(st.none() | instants, min_size=1, max_size=20)


def test_a_time_exactly_as_old_as_the_lateness_is_believed() -> None:
    time = RECEIVED - LATENESS
    assert repair([time], RECEIVED, LATENESS) == [(time, "client")]


def test_a_time_one_ms_older_than_the_lateness_is_ours() -> None:
    assert repair([RECEIVED - LATENESS - 1], RECEIVED, LATENESS) == [(RECEIVED, "server")]


def test_a_time_two_seconds_ahead_is_believed_and_one_ms_more_is_not() -> None:
    ahead = RECEIVED + 2_000
    assert repair([ahead], RECEIVED, LATENESS) == [(ahead, "client")]
    assert repair([ahead + 1], RECEIVED, LATENESS) == [(RECEIVED, "server")]


def test_a_report_without_a_time_happened_when_it_was_received() -> None:
    assert repair([None], RECEIVED, LATENESS) == [(RECEIVED, "server")]


def test_a_wrong_clock_keeps_the_distances_within_a_batch() -> None:
    wrong = RECEIVED - 10 * 365 * 86_400_000
    assert repair([wrong - 9_000, wrong - 4_000, wrong], RECEIVED, LATENESS) == [
        (RECEIVED - 9_000, "server"),
        (RECEIVED - 4_000, "server"),
        (RECEIVED, "server"),
    ]


def test_the_age_within_a_batch_is_capped_at_the_lateness() -> None:
    wrong = RECEIVED + 3_600_000
    times = repair([wrong - LATENESS - 5, wrong], RECEIVED, LATENESS)
    assert times == [(RECEIVED - LATENESS, "server"), (RECEIVED, "server")]


@given(batches)
def test_no_repaired_time_is_older_than_the_lateness_or_further_ahead_than_two_seconds(
    said: list[int | None],
) -> None:
    for time, _ in repair(said, RECEIVED, LATENESS):
        assert RECEIVED - LATENESS <= time <= RECEIVED + AHEAD


@given(batches)
def test_only_believed_times_are_the_clients(said: list[int | None]) -> None:
    for before, (after, clock) in zip(said, repair(said, RECEIVED, LATENESS), strict=True):
        assert (clock == "client") == (
            before is not None and RECEIVED - LATENESS <= before <= RECEIVED + AHEAD
        )
        assert clock == "server" or before == after


@given(batches, st.data())
def test_the_order_within_a_batch_changes_nothing(
    said: list[int | None], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(said))
    known = dict(zip(said, repair(said, RECEIVED, LATENESS), strict=True))
    assert repair(mixed, RECEIVED, LATENESS) == [known[time] for time in mixed]
