"""One chDB for all tests: a process can have one open."""

from collections.abc import Iterator

import pytest

from sinks.chdb import ChdbEngine
from sinks.migrate import migrate


@pytest.fixture(scope="session")
def chdb_engine() -> Iterator[ChdbEngine]:
    with ChdbEngine.temporary() as engine:
        migrate(engine)
        yield engine
