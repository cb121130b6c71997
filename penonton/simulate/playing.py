"""A world played against a server over HTTP: measured, or for show."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from penonton.simulate.posting import Answer, Tally, now, post
from penonton.simulate.sendings import Sending, sendings
from penonton.simulate.truth import Truth
from penonton.simulate.visits import visits
from penonton.simulate.world import World

DEMO_SWING = 0.2

Told = Callable[[Sending, Answer], None]


@dataclass(frozen=True, slots=True)
class Played:
    """A world that was played from `began` to `ended` (ms since the epoch).

    `tally`: what was sent and answered; `cpu`: the share of a core that playing it took.
    """

    began: int
    ended: int
    truth: Truth
    tally: Tally
    cpu: float


async def play_world(
    world: World, against: str, stop: asyncio.Event, began: int, told: Told | None = None
) -> Played:
    """Play a world to its end or until `stop`; `told` hears of every sending's answer."""
    truth, tally = Truth(), Tally()
    busy, started = time.process_time(), time.monotonic()

    def answered(sending: Sending, answer: Answer) -> None:
        tally.note(sending, answer)
        if told is not None:
            told(sending, answer)

    planned = sendings(truth.watching(visits(world, began)), world)
    await post(planned, against, stop, answered)
    cpu = (time.process_time() - busy) / max(time.monotonic() - started, 1e-9)
    last = now() if world.seconds is None else began + world.seconds * 1000
    return Played(began, min(last, now()), truth, tally, cpu)


async def play(viewers: int, against: str, seed: int, stop: asyncio.Event) -> None:
    """Play an endless world whose audience gently comes and goes, until `stop`."""
    world = World(viewers, seed=seed, swing=DEMO_SWING)
    await post(sendings(visits(world, now()), world), against, stop, lambda _, __: None)
