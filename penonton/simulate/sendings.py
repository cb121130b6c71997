"""What becomes of reports on their way: sent, lost, held back while offline, sent twice."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import count
from random import Random
from typing import NamedTuple

from penonton.simulate.people import Playback, Player, Visit
from penonton.simulate.speech import Said, speech
from penonton.simulate.world import World


class Sending(NamedTuple):
    """A request that a player makes at `due` (ms since the epoch): one report or a late batch."""

    due: int
    player: Player
    session: str
    said: tuple[Said, ...]


def sendings(visits: Iterable[Visit], world: World) -> Iterator[Sending]:
    """Every request of these visits in order of `due`; a visit is taken when it is its turn."""
    rng = Random(f"sendings {world.seed}")
    order = count()
    heap: list[tuple[int, int, Sending | None, Iterator[Sending]]] = []

    def proceed(until: float) -> Iterator[Sending]:
        while heap and heap[0][0] <= until:
            _, _, sending, others = heapq.heappop(heap)
            if sending is not None:
                yield sending
                if rng.random() < world.duplicate:
                    again = sending.due + rng.randint(200, 3_000)
                    heapq.heappush(
                        heap, (again, next(order), sending._replace(due=again), iter(()))
                    )
            if (following := next(others, None)) is not None:
                heapq.heappush(heap, (following.due, next(order), following, others))

    for visit in visits:
        yield from proceed(visit.arrival)
        for playback in (playback for screen in visit.screens for playback in screen):
            sent = _sent(playback, visit.player, world, rng)
            heapq.heappush(heap, (playback.start, next(order), None, sent))
    yield from proceed(float("inf"))


def _sent(playback: Playback, player: Player, world: World, rng: Random) -> Iterator[Sending]:
    held: list[Said] = []
    back = playback.start
    for said in speech(playback, player):
        if said.at >= back:
            yield from _caught_up(back, player, playback.session, held)
            held = []
            if rng.random() < world.offline:
                back = said.at + int(rng.uniform(0.3, 2) * world.interval)
        if rng.random() < world.lose:
            continue
        if said.at < back:
            held.append(said)
        else:
            yield Sending(said.at, player, playback.session, (said,))
    if playback.farewell is not None:
        yield from _caught_up(back, player, playback.session, held)


def _caught_up(back: int, player: Player, session: str, held: list[Said]) -> Iterator[Sending]:
    if not held or not player.habits.queues:
        return
    batches = [tuple(held)] if player.habits.batches else [(said,) for said in held]
    for batch in batches:
        yield Sending(back, player, session, batch)
