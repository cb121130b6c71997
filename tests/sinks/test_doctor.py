"""What the doctor finds in a ClickHouse server."""

import time

import pytest

from penonton import cluster_checks
from penonton.checks import Verdict
from penonton.cluster import counted
from penonton.settings import Settings
from sinks.clickhouse import ServerEngine
from sinks.store import Store
from tests.sinks.native_bridge import Bridge


@pytest.fixture
def settings(bridge: Bridge, server_engine: ServerEngine) -> Settings:
    server_engine.execute("TRUNCATE TABLE progress")
    url = f"clickhouse://us%3Aer:s%25cret@127.0.0.1:{bridge.port}/served"
    return Settings(kafka="nowhere:1", clickhouse=url, partitions=2)


@pytest.mark.parametrize(
    ("stored", "verdict"),
    [
        ([], Verdict.ok),
        (["final/0", "final/1"], Verdict.ok),
        (["final/0", "final", "stored", "final/x"], Verdict.bad),
        (["final/0", "final/1", "final/2"], Verdict.bad),
    ],
)
def test_another_number_of_partitions_than_was_counted_in_is_bad(
    settings: Settings, server_engine: ServerEngine, stored: list[str], verdict: Verdict
) -> None:
    for name in stored * 2:
        Store(server_engine).put_progress(name, 1)
    assert counted(settings)[0] is verdict


def test_a_server_whose_clock_is_ours_is_sound(settings: Settings) -> None:
    assert cluster_checks.clickhouse_clock(settings) == (Verdict.ok, "agrees")


@pytest.mark.parametrize("seconds", [-60, 60])
def test_a_server_whose_clock_is_another_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    ours = time.time
    monkeypatch.setattr(time, "time", lambda: ours() + seconds)
    verdict, message = cluster_checks.clickhouse_clock(settings)
    assert verdict is Verdict.warn
    assert "away from ours" in message
