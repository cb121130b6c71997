"""What becomes of reports on their way: sent, lost, held back while offline, sent twice."""

import heapq
import math
from collections.abc import Iterable, Iterator
from itertools import count
from random import Random
from typing import Final, NamedTuple

from penonton.simulate.people import Playback, Player, Visit
from penonton.simulate.speech import Said, speech
from penonton.simulate.world import World

REPEATED: Final = (200, 3_000)
"""How long, in ms, after a request it is sent again: at least, at most."""


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
    # Each with when it is next heard of: players (who has not begun has no sending yet), and
    # repeated requests.
    heap: list[tuple[int, int, Sending | None, Iterator[Sending] | None]] = []

    def push(due: int, sending: Sending | None, others: Iterator[Sending] | None) -> None:
        heapq.heappush(heap, (due, next(order), sending, others))

    def proceed(until: float) -> Iterator[Sending]:
        while heap and heap[0][0] <= until:
            _, _, sending, others = heapq.heappop(heap)
            if sending is not None:
                yield sending
            if others is None:
                continue
            if sending is not None and rng.random() < world.duplicate:
                again = sending.due + rng.randint(*REPEATED)
                push(again, sending._replace(due=again), None)
            if (following := next(others, None)) is not None:
                push(following.due, following, others)

    for visit in visits:
        yield from proceed(visit.arrival)
        for playback in (playback for screen in visit.screens for playback in screen):
            push(playback.start, None, _sent(playback, visit.player, world, rng))
    yield from proceed(math.inf)


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
