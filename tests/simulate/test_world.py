import pytest

from penonton.simulate.world import CHANNELS, World


def test_without_a_tide_every_seat_is_always_taken() -> None:
    world = World(10)
    assert [world.taken_from(seat, 12_345) for seat in range(10)] == [12_345] * 10
    assert {world.taken_until(seat, 0) for seat in range(10)} == {None}


def test_a_seat_above_the_mean_is_taken_from_when_the_tide_reaches_it_until_it_falls_below() -> (
    None
):
    # Seat 15 of 10 viewers with a swing of 1: sin(phase) > 0.5, from a twelfth to five twelfths.
    world = World(10, swing=1.0, tide=12_000)
    assert world.taken_from(15, 0) == pytest.approx(1_000, abs=1)
    assert world.taken_from(15, 2_000) == 2_000
    assert world.taken_until(15, 2_000) == pytest.approx(5_000, abs=1)
    assert world.taken_from(15, 5_001) == pytest.approx(13_000, abs=1)


def test_a_seat_below_the_mean_is_empty_only_at_low_tide() -> None:
    # Seat 5: sin(phase) > -0.5, all but seven to eleven twelfths.
    world = World(10, swing=1.0, tide=12_000)
    assert world.taken_from(5, 0) == 0
    assert world.taken_until(5, 0) == pytest.approx(7_000, abs=1)
    assert world.taken_from(5, 7_001) == pytest.approx(11_000, abs=1)
    assert world.taken_until(5, 11_500) == pytest.approx(19_000, abs=1)


def test_the_tide_moves_the_number_of_seats_taken_by_its_swing() -> None:
    world = World(100, swing=0.2, tide=4_000)
    taken = [
        sum(world.taken_from(seat, since) == since for seat in range(world.seats))
        for since in (0, 1_000, 2_000, 3_000)
    ]
    assert taken == pytest.approx([100, 120, 100, 80], abs=1)


def test_the_channel_with_a_special_is_liked_better_until_the_next_programme() -> None:
    world = World(1, programme=1_000)
    assert world.weights(0) == world.weights(999)
    assert world.next_programme(0) == world.next_programme(999) == 1_000
    assert len({tuple(world.weights(since)) for since in range(0, 50_000, 1_000)}) > 1
    assert len(world.weights(0)) == len(CHANNELS)
