from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.collector import Policy
from tests.ingest.collecting import POLICY, Collecting, Server

Collect = Callable[[Policy], Collecting]


@pytest.fixture(scope="package")
def server() -> Iterator[tuple[Server, tuple[str, int]]]:
    server = Server()
    with server.running() as address:
        yield server, address


@pytest.fixture
def collect(server: tuple[Server, tuple[str, int]], tmp_path: Path) -> Iterator[Collect]:
    """Puts a new collector with such a policy behind the server."""
    front, address = server
    made: list[Collecting] = []

    def collect(policy: Policy) -> Collecting:
        made.append(Collecting(tmp_path / f"quarantine-{len(made)}", address, policy))
        front.app = made[-1].collector
        return made[-1]

    yield collect
    for collecting in made:
        collecting.close()


@pytest.fixture
def collecting(collect: Collect) -> Collecting:
    return collect(POLICY)
