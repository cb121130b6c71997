"""What the metrics show of one channel's players on one platform, in steps of 5 s.

Players report every interval, at their own phase. Who leaves says so, mostly; who vanishes stays in
the gauge until the bridge, three intervals, is over, and is then a timeout (docs/metrics.md).
"""

from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Function = TypeVar("Function")
_OPTIONS: dict[str, Any] = {"nogil": True}

STEP = 5  # s
SCRAPE = 3  # steps
_RING = 64  # steps that an expiry can be ahead, at least three intervals of 40 s
PAUSES = 0.06  # of those who leave: they only pause, which no session end shows
LOST = 0.003  # of the reports
STARTING = 2  # reports of a player that starts: starting, playing


def entry(function: Function) -> Function:
    """Compiled."""
    compiled: Function = numba.njit(**_OPTIONS)(function)
    return compiled


@entry
def play(
    seed: int,
    interval: int,
    arrivals: Floats,
    leaving: Floats,
    cut: Floats,
    reconnecting: Floats,
    goodbye: Floats,
    identified: float,
) -> Floats:
    """[scrapes, 4]: viewers, and since the start accepted reports, reported ends, timeouts.

    By step: `arrivals` expected players, `leaving` chance to leave, `cut` share of players whose
    reports do not arrive while it is above 0, `reconnecting` share that starts a new session,
    `goodbye` share of those who leave that says so. `identified`: the share of players whose new
    session is known to be the same viewer.
    """
    np.random.seed(seed)
    phases = interval // STEP
    alive = np.zeros(phases, np.int64)
    dark = np.zeros(phases, np.int64)  # watching, unheard
    ghosts = np.zeros(phases, np.int64)  # of the dark: still in the gauge, until `expiry`
    expiry = np.zeros(phases, np.int64)
    vanished = np.zeros((_RING, 2), np.int64)  # by step at which the bridge ends: in the gauge, not
    gauge_of_vanished = 0
    reports = reported = timeouts = 0
    out = np.zeros((len(arrivals) // SCRAPE, 4))
    for t in range(len(arrivals)):
        due = t % phases
        # Bridges that end.
        timeouts += vanished[t % _RING, 0] + vanished[t % _RING, 1]
        gauge_of_vanished -= vanished[t % _RING, 0]
        vanished[t % _RING] = 0
        for k in range(phases):
            if ghosts[k] > 0 and t >= expiry[k]:
                timeouts += ghosts[k]
                ghosts[k] = 0
        # An outage begins, or is over: who is still there is heard again at the next report.
        if cut[t] > 0 and (t == 0 or cut[t - 1] == 0):
            for k in range(phases):
                n = np.random.binomial(alive[k], cut[t])
                alive[k] -= n
                dark[k] += n
                ghosts[k] += n
                expiry[k] = t - 1 - (t - 1 - k) % phases + 3 * phases
        if cut[t] == 0 and dark[due] > 0:
            reports += dark[due]
            alive[due] += dark[due]
            left = max(0, ghosts[due] - dark[due])
            if left > 0 and expiry[due] > t:
                vanished[expiry[due] % _RING, 0] += left
                gauge_of_vanished += left
            ghosts[due] = dark[due] = 0
        # Who leaves.
        for k in range(phases):
            if dark[k] > 0:
                dark[k] -= np.random.binomial(dark[k], leaving[t])
            if alive[k] == 0:
                continue
            n = np.random.binomial(alive[k], leaving[t])
            pausing = np.random.binomial(n, PAUSES)
            saying = np.random.binomial(n - pausing, goodbye[t])
            silent = n - pausing - saying
            alive[k] -= n
            reports += pausing + saying
            reported += saying
            ends = t - (t - k) % phases + 3 * phases
            if ends > t:
                vanished[ends % _RING, 0] += silent
                gauge_of_vanished += silent
            # Who starts again is somebody new to the count, unless the player names the viewer.
            if reconnecting[t] > 0:
                again = np.random.binomial(alive[k], reconnecting[t])
                known = np.random.binomial(again, identified)
                alive[k] -= again
                alive[due] += again
                reports += again * STARTING
                vanished[ends % _RING, 0] += again - known
                vanished[ends % _RING, 1] += known
                gauge_of_vanished += again - known
        # Who comes.
        n = np.random.poisson(arrivals[t])
        unheard = np.random.binomial(n, cut[t]) if cut[t] > 0 else 0
        dark[due] += unheard
        reports += np.random.binomial(alive[due], 1 - LOST) + (n - unheard) * STARTING
        alive[due] += n - unheard
        if t % SCRAPE == SCRAPE - 1:
            row = out[t // SCRAPE]
            row[0] = alive.sum() + ghosts.sum() + gauge_of_vanished
            row[1], row[2], row[3] = reports, reported, timeouts
    return out
