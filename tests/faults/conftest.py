"""Parts that the tests here share: those that harm one have one of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from penonton.installation import warm_up
from tests.faults.stage import ClickHouse, Stage, Stages
from tests.kafka.brokers import Cluster


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with ClickHouse(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Once, before several workers would do it at the same time."""
    warm_up()


@pytest.fixture
def stages(clickhouse: ClickHouse, tmp_path: Path) -> Stages:
    """Around a Kafka that is given, and the shared ClickHouse."""
    return Stages(clickhouse, tmp_path)


@pytest.fixture
def stage(stages: Stages, cluster: Cluster) -> Iterator[Stage]:
    """Around what is shared: for tests that harm only their own processes."""
    with stages.around(cluster.bootstrap) as stage:
        yield stage
