"""`python -m tests.players.table > docs/players.md` writes how real players are counted."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.players.replay import Counted, cases, counted, seconds
from tests.players.truth import apart, total, watched
from tests.players.untold import UNTOLD
from tests.recordings_replay import DASH_EVENTS, EPAS, HLS_EVENTS, HLS_REQUESTS, PLAIN

_HEAD: Final = """\
| run | requests | watched | counted | seconds | difference | apart | half | why |
|---|--:|--:|--:|--:|--:|--:|--:|---|
"""


def page(every: Sequence[Counted]) -> str:
    """docs/players.md."""

    def table(player: str, *, configured: bool = True) -> str:
        return _table(
            each
            for each in every
            if each.case.run.player == player and each.case.configured == configured
        )

    return f"""# Real players

Written by `python -m tests.players.table` from `tests/recordings`; change it there. A test holds
this page to what comes out now.

Unmodified players and SDKs played in a Chromium, and what they sent was recorded, request by
request. The page wrote down its own media events (`playing`, `pause`, `waiting`, `ended`, ...), the
harness what the viewer did: paused, sought, left. Each of these runs is sent through the collector
over HTTP: every request, also those that the server of the recording refused or left without an
answer, at the times at which it came, with the default settings. The reports are read back from the
log and counted by the definition and by the fold, which agree in every second of every run.

How to read the tables, in seconds:

- **requests**: how many were sent, and how many of them refused.
- **watched**: what the page saw. Watching begins with `playing` and ends with `pause` or `ended`,
  or when the viewer stops, zaps, closes the tab or goes elsewhere. Seeking, stalling and a hidden
  tab are watched.
- **counted**: what the definition makes of the reports, to the millisecond; **seconds**: the whole
  seconds of it, which add up to `watch_seconds`. The fold's are the same.
- **difference**: counted less watched. **apart**: for how long counted and watched disagree. An
  error at the start cannot make up for one at the end there: it is the harder of the two.
- **half**: half the interval, the bound. A player that vanishes is given half an interval after its
  last report: right on average, and at most that far off where it reported as it promised. Whoever
  says that it pauses or stops is counted to some milliseconds.
- **why**: what the player did not tell, where the two are apart by more than half the interval at
  which it reports.

## hls.js 1.7.4, CMCD version 2 events

`POST /cmcd/{{channel}}?interval=5`, the interval being the one in the player's `eventTargets`. The
recordings were made without it; an installation has to say it, since the events do not. In
`minimal-config-default-interval` it is the default of 30 s, and is not said.

hls.js says nothing when it is stopped or its tab is closed. Its first event comes before it has a
state, and counts as playing until the second, some milliseconds later.

{table(HLS_EVENTS)}
## dash.js 5.2.1, CMCD version 2 events

`POST /cmcd/{{channel}}?interval=5`, as for hls.js. Its `enabledKeys` must name `sid` and `sta`. In
`zap-same-instance-auto-sid` it begins a new session at the zap and does not end the one before, so
that the viewer counts twice for half an interval at most.

{table(DASH_EVENTS)}
## Eyevinn Player Analytics, SDK for the web 0.2.0

The SDK sends a heartbeat every 30 s unless its application says otherwise, and does not heed the
interval in the answer to `init`. Most runs were recorded with 5 s, one with 2 s (which counts as
5 s). Here they are sent to `POST /epas/{{channel}}?interval=5`, as an application should that has
shortened the interval:

{table(EPAS)}
The same runs sent to `POST /epas/{{channel}}` count with an interval of 30 s. The bound of 15 s is
longer than most of them, so it says little here. A tab that was closed counts for 15 s after its
last report although it would have been heard of after 5 s.

{table(EPAS, configured=False)}
## `<video>` and `<audio>` with fetch, XMLHttpRequest and sendBeacon

`POST /v1/reports?interval=...`. The page of these recordings spoke JSON of its own, put here into
our fields, transport and headers unchanged (text, blobs, gzip, several lines, keep-alive, beacons).
Form bodies and the pixel carry no JSON and are refused. No bound is claimed, for many of its
reports name no state:

- Leaving, it says `stop` several times over and then, in the same few milliseconds, that it is
  hidden, with the position moved on. By the definition this is someone playing, who is given half
  an interval.
- In `every-transport*` it promises 60 s, of which 40 s are taken, and says the same position twice
  in one request, which reads as paused until the next.

A page that gives its `state` with each report has neither.

{table(PLAIN)}
## hls.js 1.7.4, CMCD version 1 on the media requests

`GET /cmcd/{{channel}}?CMCD=...`, interval 10 s. A media request says that somebody loads, not that
somebody watches. In a live stream segments are loaded as they come, which is nearly the same. On
demand, a player may load all of it at once, as in `full`, and is not heard of again. So: good for
live only, and no bound.

{table(HLS_REQUESTS)}"""


def _table(every: Iterable[Counted]) -> str:
    return _HEAD + "".join(f"{_row(each)}\n" for each in every)


def _row(each: Counted) -> str:
    run = each.case.run
    seen = watched(run)
    refused = f", {each.refused} refused" if each.refused else ""
    why = UNTOLD.get((run.player, run.name), "")
    return (
        f"| {run.name} | {len(each.statuses)}{refused} | {_s(total(seen))} "
        f"| {_s(total(each.watches))} | {seconds(each.defined)} "
        f"| {_difference(total(each.watches) - total(seen))} | {_s(apart(seen, each.watches))} "
        f"| {each.half / 1000:g} | {why} |"
    )


def _s(ms: int) -> str:
    return f"{ms / 1000:.2f}"


def _difference(ms: int) -> str:
    return f"{ms / 1000:+.2f}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(page(counted(cases(), Path(folder))), end="")
