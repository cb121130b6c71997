from collections import Counter
from itertools import pairwise

import pytest

from penonton.simulate.habits import PROTOCOLS, Protocol
from penonton.simulate.people import Moment
from penonton.simulate.sendings import Sending, sendings
from penonton.simulate.speech import Said, speech
from penonton.simulate.visits import visits
from penonton.simulate.world import World
from tests.simulate.making import AT, playback, player, visit

CALM = World(1, duplicate=0.0, offline=0.0)
LONG = playback(Moment(0, "playing", "tv"), end=3_000_000)


def sent(world: World, protocol: Protocol = "json") -> list[Sending]:
    return list(sendings([visit((LONG,), by=player(protocol))], world))


def said(all_sent: list[Sending]) -> list[Said]:
    return [one for sending in all_sent for one in sending.said]


def test_a_calm_world_sends_each_report_alone_when_it_is_so() -> None:
    assert said(sent(CALM)) == list(speech(LONG, player()))
    assert all((one.due,) == tuple(s.at for s in one.said) for one in sent(CALM))


def test_requests_are_in_order_of_due_and_the_same_for_the_same_seed() -> None:
    world = World(100, 300, lose=0.1, offline=0.1, duplicate=0.2)
    first, second = (list(sendings(visits(world, AT), world)) for _ in range(2))
    assert first == second
    assert all(earlier.due <= later.due for earlier, later in pairwise(first))


def test_lost_reports_are_never_sent() -> None:
    assert sent(World(1, lose=1.0)) == []
    assert 0.7 < len(sent(World(1, lose=0.2, duplicate=0, offline=0))) / len(sent(CALM)) < 0.9


def test_a_duplicate_says_the_same_within_seconds() -> None:
    times = Counter(said(sent(World(1, duplicate=1.0, offline=0.0))))
    assert set(times.values()) == {2}
    dues: dict[Said, list[int]] = {}
    for one in sent(World(1, duplicate=1.0, offline=0.0)):
        dues.setdefault(one.said[0], []).append(one.due)
    assert all(200 <= again - first <= 3_000 for first, again in dues.values())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_happens_offline_comes_late_in_one_batch_where_the_protocol_has_batches(
    protocol: Protocol,
) -> None:
    all_sent = sent(World(1, duplicate=0.0, offline=0.2), protocol)
    late = [one for one in all_sent if one.due > one.said[-1].at]
    assert bool(late) is player(protocol).habits.queues
    assert any(len(one.said) > 1 for one in late) is player(protocol).habits.batches
    assert all(one.due - one.said[0].at <= 2 * 30_000 for one in all_sent)
    if player(protocol).habits.queues:
        assert said(all_sent) == list(speech(LONG, player(protocol)))


def test_who_dies_offline_takes_the_last_reports_along() -> None:
    dying = playback(Moment(0, "playing", "tv"), end=100, farewell=None)
    leaving = playback(Moment(0, "playing", "tv"), end=100)
    world = World(1, duplicate=0.0, offline=1.0)
    assert list(sendings([visit((dying,))], world)) == []
    assert len(said(list(sendings([visit((leaving,))], world)))) == 2
