"""The real collector over HTTP, fed with the bodies of simulated players."""

from pathlib import Path

import pytest

from penonton.simulate.habits import PROTOCOLS, Protocol
from penonton.simulate.protocols import request
from penonton.simulate.sendings import sendings
from penonton.simulate.stored import TRANSIT, stored
from penonton.simulate.visits import visits
from penonton.simulate.world import World
from tests.ingest.collecting import POLICY, Collecting, Server
from tests.simulate.making import AT


@pytest.mark.parametrize("interval", [30_000, 10_000])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_collector_stores_exactly_what_the_simulation_says_it_stores(
    protocol: Protocol, interval: int, tmp_path: Path
) -> None:
    world = World(
        8,
        120,
        mix={protocol: 1},
        interval=interval,
        quiet=30_000,
        offline=0.1,
        wrong_clock=0.5,
        visit=60_000,
    )
    expected = []
    server = Server()
    with server.running() as address:
        collecting = Collecting(tmp_path, address)
        server.app = collecting.collector
        for sending in sendings(visits(world, AT), world):
            collecting.clock.now = sending.due + TRANSIT
            asked = request(sending)
            answer = collecting.send(asked.path, asked.body, asked.method, asked.headers)
            assert answer.status in {200, 202, 204}
            expected += stored(sending, sending.due + TRANSIT, POLICY.rules, POLICY.identity)
        collecting.close()
    assert collecting.log.reports == expected
    assert len(expected) > 50
