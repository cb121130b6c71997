"""One chDB for all tests: a process can have one open. The others are ways to reach it.

The server is a bridge in front of it, and what shares it is what serves in a process.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sinks.chdb import ChdbEngine
from sinks.clickhouse import ServerEngine
from sinks.engine import Engine
from sinks.migrate import migrate
from sinks.shared import SharedEngine, Sharing
from tests.sinks.native_bridge import Bridge


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data") / "chdb"


@pytest.fixture(scope="session")
def chdb_engine(database: Path) -> Iterator[ChdbEngine]:
    engine = ChdbEngine(database)
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def bridge(database: Path, chdb_engine: ChdbEngine) -> Iterator[Bridge]:
    chdb_engine.execute("CREATE DATABASE served")
    with Bridge(str(database), ("us:er", "s%cret")) as bridge:
        yield bridge


@pytest.fixture(scope="session")
def server_engine(bridge: Bridge) -> Iterator[ServerEngine]:
    engine = ServerEngine(f"clickhouse://us%3Aer:s%25cret@127.0.0.1:{bridge.port}/served")
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def shared_engine(database: Path, chdb_engine: ChdbEngine) -> Iterator[SharedEngine]:
    del chdb_engine  # it has the database open, and its schema up to date
    with Sharing(database.parent):
        engine = SharedEngine(database.parent)
        yield engine
        engine.close()


@pytest.fixture(params=["chdb", "server", "shared"])
def engine(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    return engine
