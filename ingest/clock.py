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
    times: list[tuple[int, Clock]] = []
    for time in said:
        if time is not None and oldest <= time <= latest:
            times.append((time, "client"))
        else:
            times.append((received - min(_age(time, said), lateness), "server"))
    return times


def _age(time: int | None, batch: Sequence[int | None]) -> int:
    if time is None or len(batch) == 1:
        return 0
    return max(other for other in batch if other is not None) - time
