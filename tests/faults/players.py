"""Hostile players whose every word is known: what they say, and when, by a seed."""

import random
from collections.abc import Iterator, Sequence

from tests.faults.operations import Said

CHANNELS = ("tv-1", "tv.2", "radio_3")
INTERVAL = 5.0  # s
AGE = 1_500  # ms: how old what a player says may be, below every lateness of the tests

Saying = tuple[float, Said]
"""When, in s from the beginning, and what."""

STATES = (
    *("playing",) * 5,
    *(None,) * 6,
    *("paused",) * 3,
    *("seeking", "rebuffering", "waiting", "starting", "preloading"),
)


def hostile(seed: int, viewers: int, seconds: float) -> list[Saying]:
    """In order of time. They start, pause, zap, end, vanish and come back; some say things twice.

    A viewer has one to three sessions, and some of those have the name of another viewer's.
    """
    rng = random.Random(seed)
    sayings: list[Saying] = []
    for number in range(viewers):
        for session in range(rng.choice((1, 1, 1, 2, 3))):
            # Names are not shared by all sessions, nor each had by one only.
            name = f"s{seed}-{session}-{number % 7 if rng.random() < 0.3 else number}"
            sayings += _session(rng, f"v{seed}-{number}", name, seconds)
    return sorted(sayings, key=lambda saying: saying[0])


def steady(seed: int, viewers: int, seconds: float) -> list[Saying]:
    """All watch from the first second to the last, and say so twice an interval."""
    rng = random.Random(seed)
    sayings = []
    for number in range(viewers):
        channel, at = rng.choice(CHANNELS), rng.random()
        seq = 0
        while at < seconds:
            seq += 1
            sayings.append(
                (at, _said(f"v{seed}-{number}", f"s{seed}", channel, "playing", None, seq))
            )
            at += INTERVAL / 2
    return sorted(sayings, key=lambda saying: saying[0])


def _session(rng: random.Random, viewer: str, session: str, seconds: float) -> Iterator[Saying]:
    at, channel, playhead, seq = rng.uniform(0, seconds * 0.6), rng.choice(CHANNELS), 0.0, 0
    end = at + rng.expovariate(1 / seconds)
    while at < min(end, seconds):
        seq += 1
        state = rng.choice(STATES)
        if rng.random() < 0.15:
            channel = rng.choice(CHANNELS)
        if rng.random() < 0.7:
            playhead += 1.5
        known = None if rng.random() < 0.3 else playhead
        said = _said(viewer, session, channel, state, known, seq, age=rng.choice((0, 0, AGE)))
        yield at, said
        if rng.random() < 0.05:  # it was not sure that it was heard
            yield at + 0.3, said
        # Also right at, before and behind where an interval, a tail and a bridge end.
        at += rng.choice((INTERVAL,) * 5 + (0.2, 1, INTERVAL / 2, 3 * INTERVAL, 3 * INTERVAL + 1))
    if at < seconds and rng.random() < 0.6:  # the others vanish
        yield at, _said(viewer, session, channel, rng.choice(("ended", "quit")), None, seq + 1)


def _said(
    viewer: str,
    session: str,
    channel: str,
    state: str | None,
    playhead: float | None,
    seq: int,
    *,
    age: int = 0,
) -> Said:
    return Said(
        viewer=viewer,
        session=session,
        channel=channel,
        state=state,
        playhead=playhead,
        interval=INTERVAL,
        seq=seq,
        age=age,
    )


def together(*plays: Sequence[Saying]) -> list[Saying]:
    """All of them at once."""
    return sorted((saying for play in plays for saying in play), key=lambda saying: saying[0])
