"""Who is there and what really happens to them: a pure function of the world and its seed."""

import heapq
from collections.abc import Iterator
from random import Random
from typing import Final

from audience.states import State
from penonton.simulate.habits import HABITS
from penonton.simulate.people import Moment, Playback, Player, Visit
from penonton.simulate.world import CHANNELS, World

PLATFORMS: Final = ("android", "ios", "web", "tv")

# What can happen to a session: how often in a hundred, and how long it lasts on average, in ms.
HAPPENINGS: Final[dict[State, tuple[float, float]]] = {
    "starting": (40, 1_000),  # a zap
    "paused": (25, 40_000),
    "rebuffering": (20, 3_000),
    "seeking": (10, 700),
    "waiting": (5, 2_000),
}
ZAP: Final = "starting"
NEW_SESSION: Final = 0.5
"""How often a zap begins a new session where it need not."""

# How far wrong clocks are off, in ms: seconds, minutes, hours (a time zone), days, years.
WRONG: Final = (5_000, 60_000, 600_000, 25_200_000, 86_400_000, 3 * 31_536_000_000)
MAX_DRIFT: Final = 0.001


def visits(world: World, began: int) -> Iterator[Visit]:
    """Every visit in order of arrival.

    The world begins at `began` (ms since the epoch), empty, and is full after its `turnout`.
    """
    rng = Random(f"visits {world.seed}")
    free = [(int(rng.random() * world.turnout), seat) for seat in range(world.seats)]
    heapq.heapify(free)
    while free:
        since, seat = heapq.heappop(free)
        if world.end is not None and since >= world.end - world.turnout:
            continue
        taken = world.taken_from(seat, since)
        if taken > since:
            heapq.heappush(free, (taken, seat))
            continue
        length = _length(world, seat, since, rng)
        if length > 0:
            yield _visit(world, began, since, since + length, rng)
            heapq.heappush(free, (since + length + int(rng.random() * 2_000) + 1, seat))


def _length(world: World, seat: int, since: int, rng: Random) -> int:
    ends = [since + int(rng.expovariate(1 / world.visit)) + 1_000]
    if (given_up := world.taken_until(seat, since)) is not None:
        ends.append(given_up)
    if world.end is not None:
        ends.append(world.end - int(rng.random() * world.turnout))
    return min(ends) - since


def _visit(world: World, began: int, since: int, until: int, rng: Random) -> Visit:
    player = _player(world, began + since, rng)
    screens = [(since, until)]
    if player.habits.viewer and rng.random() < world.second_screen:
        first, last = sorted(since + int(rng.random() * (until - since)) for _ in range(2))
        screens.append((first, last + 1))
    return Visit(
        player,
        began + since,
        began + until,
        tuple(tuple(_screen(world, began, player, span, rng)) for span in screens),
    )


def _player(world: World, since: int, rng: Random) -> Player:
    protocol = rng.choices(tuple(world.mix), tuple(world.mix.values()))[0]
    offset, drift = int(rng.gauss(0, 150)), 0.0
    if rng.random() < world.wrong_clock:
        scale = rng.choice(WRONG)
        offset, drift = int(rng.uniform(-scale, scale)), rng.uniform(-MAX_DRIFT, MAX_DRIFT)
    return Player(
        viewer=_name(rng, since),
        protocol=protocol,
        platform=rng.choice(PLATFORMS),
        app=f"presisi-{rng.randint(1, 3)}.{rng.randint(0, 9)}",
        interval=HABITS[protocol].interval or world.interval,
        period=HABITS[protocol].period or world.interval,
        since=since,
        offset=offset,
        drift=drift,
    )


def _screen(
    world: World, began: int, player: Player, span: tuple[int, int], rng: Random
) -> Iterator[Playback]:
    at, until = began + span[0], began + span[1]
    channel = _liked(world, at - began, rng)
    session, moments = _name(rng, at), _opening(at, channel, rng)
    while True:
        state, at = _happening(world, began, moments[-1].at, rng)
        if at >= until:
            break
        if state == ZAP:
            channel = _liked(world, at - began, rng)
            if not player.habits.zaps or rng.random() < NEW_SESSION:
                yield Playback(session, tuple(moments), at, "quit")
                session, moments = _name(rng, at), _opening(at + 1, channel, rng)
                continue
        lasts = 50 + int(rng.expovariate(1 / HAPPENINGS[state][1]))
        moments += [Moment(at, state, channel), Moment(at + lasts, "playing", channel)]
    seen = tuple(moment for moment in moments if moment.at < until)
    if seen:
        yield Playback(session, seen, until, _farewell(world, rng))


def _opening(at: int, channel: str, rng: Random) -> list[Moment]:
    ready = at + 20 + int(rng.random() * 80)
    return [
        Moment(at, "preloading", channel),
        Moment(ready, "starting", channel),
        Moment(ready + 200 + int(rng.expovariate(1 / 1_000)), "playing", channel),
    ]


def _happening(world: World, began: int, at: int, rng: Random) -> tuple[State, int]:
    due = at + 1_000 + int(rng.expovariate(1 / world.quiet))
    programme = began + world.next_programme(at - began) + int(rng.random() * 15_000)
    if programme < due and rng.random() < world.follow:
        return ZAP, programme
    return rng.choices(tuple(HAPPENINGS), [often for often, _ in HAPPENINGS.values()])[0], due


def _farewell(world: World, rng: Random) -> State | None:
    if rng.random() < world.die:
        return None
    farewells: tuple[State, ...] = ("quit", "ended", "failed")
    return rng.choices(farewells, (90, 7, 3))[0]


def _liked(world: World, since: int, rng: Random) -> str:
    return rng.choices(tuple(CHANNELS), world.weights(since))[0]


def _name(rng: Random, at: int) -> str:
    # The time makes names of two runs with the same seed differ on the same server.
    return f"{rng.getrandbits(80):020x}{at & 0xFFFFFFFFFFFF:012x}"
