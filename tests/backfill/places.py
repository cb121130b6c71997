"""Where raw reports are stored, for a command in a process of its own: both ways there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audience.reports import Report
from sinks.engine import Engine
from sinks.store import Store
from tests.backfill.running import killed_after, penonton, rows
from tests.sinks.native_bridge import Bridge
from tests.sinks.rows import log_batch

TABLES = (
    "reports", "levels", "days", "attendance", "restatements", "progress", "receipts", "heard",
    "erasures",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """An empty storage, the store of this process in it, and how a command is told of it."""

    engine: Engine
    data: Path
    settings: dict[str, str]

    @property
    def store(self) -> Store:
        return Store(self.engine)

    def holds(self, reports: Sequence[Report]) -> None:
        self.store.insert_reports(log_batch(reports))

    def backfill(self, *options: str | Path, **settings: str) -> list[dict[str, Any]]:
        return rows(self.run(*options, **settings))

    def run(self, *options: str | Path, **settings: str) -> Any:
        return penonton("backfill", *options, data=self.data, **(self.settings | settings))

    def kill_after(self, said: str, *options: str, **settings: str) -> None:
        killed_after(said, "backfill", *options, data=self.data, **(self.settings | settings))

    def asked(self, question: str) -> list[dict[str, Any]]:
        return self.engine.query(question).to_pylist()


@pytest.fixture(params=["beside its owner", "on a server"])
def place(
    request: pytest.FixtureRequest, database: Path, tmp_path: Path, bridge: Bridge
) -> Iterator[Place]:
    """In the first, this process has chDB open, as `penonton serve` does."""
    if request.param == "on a server":
        url = f"clickhouse://us%3Aer:s%25cret@127.0.0.1:{bridge.port}/served"
        engine: Engine = request.getfixturevalue("server_engine")
        place = Place(engine, tmp_path / "nothing", {"PENONTON_CLICKHOUSE": url})
    else:
        request.getfixturevalue("shared_engine")
        place = Place(request.getfixturevalue("chdb_engine"), database.parent, {})
    for table in TABLES:
        place.engine.execute(f"TRUNCATE TABLE {table}")
    yield place
    assert not (tmp_path / "nothing").exists()
