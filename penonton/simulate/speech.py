"""What a player has to say: every change of state, and in between a report every interval."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from audience.states import State
from penonton.simulate.people import Moment, Playback, Player


class Said(NamedTuple):
    """What is so at `at` (ms since the epoch, true time).

    `after`: the state before, which is the same in a regular report. `playhead`: seconds played
    since the session began, to the ms.
    """

    at: int
    channel: str
    state: State
    after: State
    playhead: float
    seq: int


LANDED: Final = 1
"""How far, in ms of the media, from where it was sent a seek ends."""


def speech(playback: Playback, player: Player) -> Iterator[Said]:
    """All reports of a session in order of time, as if none were ever lost."""
    period = player.period
    regular, after, played, seq = playback.start + period, playback.moments[0].state, 0, 0
    for moment, until in _told(playback):
        if player.habits.ends or moment.state == "playing":
            yield Said(moment.at, moment.channel, moment.state, after, played / 1000, seq)
            seq += 1
        while regular < until:
            if regular > moment.at and (player.habits.ends or moment.state == "playing"):
                head = _played(moment, regular, played)
                yield Said(regular, moment.channel, moment.state, moment.state, head / 1000, seq)
                seq += 1
            regular += period
        # A player lands a little beside where it was sent, as the recorded ones do: without it
        # `seeked` would be taken for a pause.
        landed = LANDED if moment.state == "seeking" else 0
        played, after = _played(moment, until, played) + landed, moment.state


def _told(playback: Playback) -> Iterator[tuple[Moment, int]]:
    yield from playback.stretches
    if playback.farewell is not None:
        last = Moment(playback.end, playback.farewell, playback.moments[-1].channel)
        yield last, playback.end


def _played(moment: Moment, at: int, played: int) -> int:
    return played + (at - moment.at if moment.state == "playing" else 0)
