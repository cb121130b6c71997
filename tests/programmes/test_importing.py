"""What an import replaces, what it leaves, and what it says of overlaps."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience.programmes import AFTER, BEFORE, Programme, overlaps, scheduled
from penonton.programmes.importing import put
from sinks.engine import Engine
from sinks.store import Store

ALL = (0, 2**32 - 1)


@pytest.fixture
def store(engine: Engine) -> Store:
    engine.execute("TRUNCATE TABLE programmes")
    return Store(engine)


def on(start: int, end: int, title: str = "A", channel: str = "tv", source: str = "f") -> Programme:
    return Programme(start, channel, title, end, source=source)


def test_twice_is_once(store: Store) -> None:
    given = [on(0, 10), on(10, 20, "B")]
    first, second = (put(store, "f", given, at) for at in (1, 2))
    assert (first.added, first.changed, first.removed, first.same) == (2, 0, 0, 0)
    assert (second.added, second.changed, second.removed, second.same) == (0, 0, 0, 2)
    assert store.programmes(*ALL) == given


def test_a_later_file_replaces_the_time_it_speaks_of_and_no_other(store: Store) -> None:
    before, over = on(0, 10, "before"), on(30, 40, "after")
    put(store, "f", [before, on(10, 20, "B"), on(20, 30, "C"), over], 1)
    outcome = put(store, "f", [on(10, 25, "B"), on(25, 30, "D")], 2)
    assert (outcome.added, outcome.changed, outcome.removed, outcome.same) == (1, 1, 1, 0)
    assert store.programmes(*ALL) == [before, on(10, 25, "B"), on(25, 30, "D"), over]


def test_a_file_replaces_nothing_of_other_channels_and_of_other_sources(store: Store) -> None:
    radio, other = on(0, 10, channel="radio"), on(0, 10, source="other")
    put(store, "f", [radio], 1)
    put(store, "other", [other], 1)
    put(store, "f", [on(0, 10, "B")], 2)
    assert store.programmes(*ALL) == sorted([radio, other, on(0, 10, "B")])


def test_only_special_changed_is_a_change(store: Store) -> None:
    put(store, "f", [on(0, 10)], 1)
    assert put(store, "f", [replace(on(0, 10), special=True)], 2).changed == 1
    assert [each.special for each in store.programmes(*ALL)] == [True]


def test_overlaps_are_said_of_what_was_imported(store: Store) -> None:
    put(store, "other", [on(0, 100, source="other"), on(0, 50, "X", source="other")], 1)
    outcome = put(store, "f", [on(99, 120, "B"), on(120, 130, "C")], 2)
    assert outcome.overlapping == [(on(0, 100, source="other"), on(99, 120, "B"))]
    assert put(store, "f", [on(0, 5, channel="radio")], 3).overlapping == []


def test_an_empty_file_changes_nothing(store: Store) -> None:
    put(store, "f", [on(0, 10)], 1)
    assert put(store, "f", [], 2).removed == 0
    assert store.programmes(*ALL) == [on(0, 10)]


PROGRAMMES = st.lists(
    st.builds(
        lambda start, length, channel, title: on(start, start + length, title, channel),
        st.integers(0, 30),
        st.integers(1, 20),
        st.sampled_from(("tv", "radio")),
        st.sampled_from("AB"),
    ),
    max_size=8,
)


@given(programmes=PROGRAMMES)
def test_whatever_overlaps_is_found_and_nothing_else(programmes: list[Programme]) -> None:
    """Each that begins while another of its channel is on is told once, with one that is on."""
    late = [
        each
        for place, each in enumerate(sorted(programmes))
        if any(
            other.channel == each.channel and other.end > each.start
            for other in sorted(programmes)[:place]
        )
    ]
    found = list(overlaps(programmes))
    assert sorted(later for _, later in found) == late
    assert all(one.channel == other.channel and other.start < one.end for one, other in found)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (10_000 - BEFORE - 1, False),
        (10_000 - BEFORE, True),
        (11_000 + AFTER - 1, True),
        (11_000 + AFTER, False),
    ],
)
def test_a_special_is_expected_from_10_minutes_before_to_20_after(
    second: int, *, expected: bool
) -> None:
    special = replace(on(10_000, 11_000), special=True)
    usual = on(10_000, 11_000, channel="radio")
    assert scheduled([special, usual, on(0, 5)], second) == {"tv": expected, "radio": False}
