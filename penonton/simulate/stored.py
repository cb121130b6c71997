"""Reports without HTTP: what the collector would store of each sending."""

from collections.abc import Callable, Iterator
from typing import Final

from audience.reports import Report
from audience.rules import Rules
from audience.states import State
from ingest.clock import repair
from ingest.identity import Identity
from ingest.protocols.epas import EVENTS
from penonton.simulate.habits import Protocol
from penonton.simulate.protocols import epas_event
from penonton.simulate.sendings import Sending, sendings
from penonton.simulate.speech import Said
from penonton.simulate.truth import Truth
from penonton.simulate.visits import visits
from penonton.simulate.world import World

TRANSIT: Final = 40
"""How long, in ms, a report is on its way where nothing is really sent."""


def reports(
    world: World, began: int, rules: Rules = Rules(), identify: Callable[[str], str] | None = None
) -> tuple[Iterator[Report], Truth]:
    """Every report of a world in the order of arrival, and its truth.

    The truth is whole once the reports are used up. `began`: ms since the epoch. `identify`
    hashes ids; None: without a key.
    """
    truth = Truth()
    hashed = identify or Identity("")
    sent = sendings(truth.watching(visits(world, began)), world)
    return (
        report for one in sent for report in stored(one, one.due + TRANSIT, rules, hashed)
    ), truth


def stored(
    sending: Sending, received: int, rules: Rules, identify: Callable[[str], str]
) -> list[Report]:
    """What a collector that got this sending at `received` (ms since the epoch) stores."""
    player = sending.player
    told = player.protocol != "cmcd1"
    times = [player.clock(said.at) if told else None for said in sending.said]
    session = identify(sending.session)
    viewer = identify(player.viewer) if player.habits.viewer else session
    return [
        Report(
            t=t,
            viewer=viewer,
            session=session,
            channel=said.channel,
            state=_state(player.protocol, said),
            playhead=said.playhead if told else None,
            interval=min(player.interval, rules.max_interval),
            seq=said.seq if player.habits.zaps else 0,
            received=received,
            clock=clock,
            protocol=player.habits.name,
            platform=player.platform,
            app=player.app if player.habits.viewer else "",
        )
        for said, (t, clock) in zip(
            sending.said, repair(times, received, rules.lateness), strict=True
        )
    ]


def _state(protocol: Protocol, said: Said) -> State | None:
    if protocol == "cmcd1":
        return None
    if protocol != "epas":
        return said.state
    event = epas_event(said)
    return said.state if event == "stopped" else EVENTS[event]
