"""Clock repair: a player's time is believed when it is plausible, else ours is used. Stateless."""

from collections.abc import Sequence
from typing import Final

from audience.reports import Clock

AHEAD: Final = 2_000
"""How far, in ms, a player's clock may be ahead of ours and still be believed."""


def repair(said: Sequence[int | None], received: int, lateness: int) -> list[tuple[int, Clock]]:
    """When each report of a batch happened (ms since the epoch), and by whose clock.

    `said`: the players' times in ms, None where one said nothing. `received` and `lateness` in ms.
    A time that is not plausible becomes `received` minus its age within the batch (newest: 0).
    """
    oldest, latest = received - lateness, received + AHEAD
    newest: int | None = None
    times: list[tuple[int, Clock]] = []
    for time in said:
        if time is not None and oldest <= time <= latest:
            times.append((time, "client"))
            continue
        if newest is None:  # found once, and only for a batch that needs it
            newest = max((other for other in said if other is not None), default=0)
        age = 0 if time is None else min(newest - time, lateness)
        times.append((received - age, "server"))
    return times
