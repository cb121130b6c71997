"""The states a player can name, in order of rank (CMCD v2 `sta` d s p k r w a e f q)."""

from typing import Final, Literal, get_args

State = Literal[
    "preloading",
    "starting",
    "playing",
    "seeking",
    "rebuffering",
    "waiting",
    "paused",
    "ended",
    "failed",
    "quit",
]

STATES: Final[tuple[State, ...]] = get_args(State)

# An unnamed report (state None) ranks below all: 0. In columns a state is its rank.
UNNAMED: Final = 0
RANK: Final[dict[State | None, int]] = {None: UNNAMED} | {
    state: rank for rank, state in enumerate(STATES, start=1)
}
PLAYING: Final = RANK["playing"]
PAUSED: Final = RANK["paused"]

# Who is still starting has seen nothing yet; who seeks or rebuffers sits before the screen.
WATCHING: Final[frozenset[State]] = frozenset({"playing", "seeking", "rebuffering", "waiting"})
FIRST_WATCHING: Final = RANK["playing"]
LAST_WATCHING: Final = RANK["waiting"]

# States that say: this playback is over.
ENDED: Final = RANK["ended"]
