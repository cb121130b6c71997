"""Erasing a viewer from storage: found, marked, deleted, and gone from the disk."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Final
from uuid import uuid4

import pyarrow as pa

from sinks.engine import Engine, Retry, Stop

PAUSE: Final = 0.2  # s between looks at what the engine does in the background
_HERE: Final = "WHERE database = currentDatabase()"


@dataclass(frozen=True, slots=True)
class Moment:
    """Reports of a viewer on a channel, from `first` to `last` (ms)."""

    channel: str
    first: int
    last: int


class Forgetting:
    """Of one viewer, 16 bytes. The id is never part of a statement: engines keep those.

    Raises Retry and Stop as the engine does.
    """

    def __init__(self, engine: Engine, who: str) -> None:
        """`who`: a table with the viewer, as `told` makes it."""
        self._engine = engine
        self._who = who
        self.tables = self._tables()

    def moments(self) -> list[Moment]:
        """When there are reports of the viewer."""
        found = self._engine.query(_sql("viewer_moments"), {"who": self._who}).to_pylist()
        return [Moment(**row) for row in found]

    def days(self) -> list[tuple[str, dt.date, str]]:
        """Zone, day and channel of each day in whose reach the viewer is."""
        found = self._engine.query(_sql("viewer_days"), {"who": self._who}).to_pylist()
        return [(row["zone"], row["day"], row["channel"]) for row in found]

    def rows(self) -> int:
        """How many rows have the viewer in them."""
        return sum(self._rows(table) for table in self.tables)

    def erase(self, patience: float) -> None:
        """Delete them, and see that they leave the disk, within `patience` s for each table.

        Raises Stop where they do not: then it must be done again.
        """
        for table in self.tables:
            self._execute(f"ALTER TABLE {table} MODIFY SETTING old_parts_lifetime = 1")
            try:
                self._erase(table, time.monotonic() + patience)
            finally:
                self._execute(f"ALTER TABLE {table} RESET SETTING old_parts_lifetime")
        if self.rows():
            message = "there are still rows of this viewer: they were being written; do it again"
            raise Retry(message)

    def _erase(self, table: str, end: float) -> None:
        self._execute(
            f"ALTER TABLE {table} DELETE WHERE viewer IN (SELECT viewer FROM {self._who})"  # noqa: S608 - names of ours
        )
        self._wait(end, lambda: self._mutating(table), f"{table}: deleting takes too long")
        replaced = self._inactive(table)
        self._wait(
            end,
            lambda: replaced & self._inactive(table),
            f"{table}: rows are deleted, but the files that held them are still on the disk",
        )

    def _mutating(self, table: str) -> bool:
        found = self._engine.query(
            f"SELECT latest_fail_reason FROM system.mutations {_HERE}"  # noqa: S608 - names of ours
            " AND table = {table:String} AND NOT is_done",
            {"table": table},
        )["latest_fail_reason"].to_pylist()
        if any(found):
            raise Stop(next(filter(None, found)))
        return bool(found)

    def _inactive(self, table: str) -> set[str]:
        found = self._engine.query(
            f"SELECT name FROM system.parts {_HERE} AND table = {{table:String}} AND NOT active",  # noqa: S608 - names of ours
            {"table": table},
        )
        return {str(name) for name in found["name"].to_pylist()}

    def _wait(self, end: float, goes_on: Callable[[], object], otherwise: str) -> None:
        while goes_on():
            if time.monotonic() > end:
                raise Stop(otherwise)
            time.sleep(PAUSE)

    def _tables(self) -> list[str]:
        """Every table of ours that names viewers, and keeps them on a disk."""
        found = self._engine.query(
            f"SELECT name FROM system.tables {_HERE} AND engine LIKE '%MergeTree' AND name IN"  # noqa: S608 - names of ours
            f" (SELECT table FROM system.columns {_HERE} AND name = 'viewer') ORDER BY name"
        )
        return [str(name) for name in found["name"].to_pylist()]

    def _rows(self, table: str) -> int:
        (row,) = self._engine.query(
            f"SELECT toInt64(count()) AS n FROM {table}"  # noqa: S608 - names of ours
            f" WHERE viewer IN (SELECT viewer FROM {self._who})"
        ).to_pylist()
        return int(row["n"])

    def _execute(self, statement: str) -> None:
        self._engine.execute(statement)


@contextmanager
def told(engine: Engine, viewer: bytes) -> Iterator[Forgetting]:
    """Tells the engine of the viewer, in a table that is in memory only and gone afterwards."""
    who = f"forgotten_{uuid4().hex}"
    engine.execute(f"CREATE TABLE {who} (viewer FixedString(16)) ENGINE = Memory")
    try:
        engine.insert(who, pa.table({"viewer": pa.array([viewer], pa.binary(16))}))
        yield Forgetting(engine, who)
    finally:
        engine.execute(f"DROP TABLE {who} SYNC")


def _sql(name: str) -> str:
    return resources.files("sinks").joinpath("sql", f"{name}.sql").read_text()
