"""What the server counted, read from its API."""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import aiohttp
import msgspec
import numpy as np

from audience.levels import Levels
from audience.rules import ANYTHING
from dashboards.web.instants import written
from penonton.simulate.comparison import Counted

CHUNK: Final = 3_600
"""How many seconds are asked for at a time."""
PATIENCE: Final = 900.0
"""How long, in s, seconds may take to become final; the defaults need 240 after the last report."""
EVERY: Final = 1.0
LAST: Final = 300
LISTENING: Final = aiohttp.ClientTimeout(total=60)


class Unreadable(Exception):
    """The server did not say what it counted: look at its log, then ask again."""


class _Level(msgspec.Struct):
    at: dt.datetime
    viewers: int
    sessions: int
    final: bool


class _Answer(msgspec.Struct):
    levels: list[_Level]


class _Live(msgspec.Struct):
    at: dt.datetime


Kind = TypeVar("Kind")


async def counted(against: str, channels: Sequence[str], first: int, end: int) -> Counted:
    """Levels of these channels and `*` for the seconds `first` to `end` (excluded).

    Raises Unreadable.
    """
    named = [ANYTHING, *(channel for channel in channels if channel != ANYTHING)]
    viewers, sessions = (np.zeros((len(named), end - first), np.int32) for _ in range(2))
    provisional: set[int] = set()
    async with aiohttp.ClientSession(timeout=LISTENING) as session:
        for row, channel in enumerate(named):
            for level in await _levels(session, against, channel, first, end):
                second = int(level.at.timestamp())
                viewers[row, second - first] = level.viewers
                sessions[row, second - first] = level.sessions
                if not level.final:
                    provisional.add(second)
    return Counted(Levels(named, first, viewers, sessions), len(provisional))


async def until_final(
    against: str, first: int, end: int, stop: asyncio.Event, left: Callable[[int], None]
) -> None:
    """Wait until the seconds `first` to `end` are final, at most PATIENCE.

    `left` is told how many are not yet. Raises Unreadable.
    """
    # Seconds become final in order, so the last ones tell.
    first = max(first, end - LAST)
    give_up = time.monotonic() + PATIENCE
    while not stop.is_set() and time.monotonic() < give_up:
        reached = await _reached(against)
        provisional = (await counted(against, [], first, end)).provisional + max(0, end - reached)
        left(provisional)
        if not provisional:
            return
        await asyncio.sleep(EVERY)


async def answering(against: str) -> None:
    """Return when the server answers anything at all. Raises Unreadable."""
    async with aiohttp.ClientSession(timeout=LISTENING) as session:
        try:
            async with session.get(against):
                return
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"{against} does not answer: {error}"
            raise Unreadable(message) from error


async def _reached(against: str) -> int:
    async with aiohttp.ClientSession(timeout=LISTENING) as session:
        live = await _get(session, against + "/api/v1/live", {}, _Live)
    return int(live.at.timestamp())


async def _levels(
    session: aiohttp.ClientSession, against: str, channel: str, first: int, end: int
) -> list[_Level]:
    levels: list[_Level] = []
    for start in range(first, end, CHUNK):
        asked = {
            "channel": channel,
            "from": written(start),
            "to": written(min(start + CHUNK, end)),
        }
        levels += (await _get(session, against + "/api/v1/levels", asked, _Answer)).levels
    return levels


async def _get(
    session: aiohttp.ClientSession, url: str, asked: dict[str, str], kind: type[Kind]
) -> Kind:
    try:
        async with session.get(url, params=asked) as answer:
            answer.raise_for_status()
            return msgspec.json.decode(await answer.read(), type=kind)
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
        message = f"{url} did not say what was counted: {error}"
        raise Unreadable(message) from error
