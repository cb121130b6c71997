"""How long what names a viewer is kept: reports and attendance; figures stay for good."""

import re
from typing import Final

from sinks.engine import Engine

EXPIRING: Final = {"reports": "toDateTime(t)", "attendance": "day"}
"""The tables that forget, and since when a row counts."""


def retain(engine: Engine, months: int) -> list[str]:
    """Have the tables forget after so many months; answers those that had another number.

    Rows that are too old by then go in the background, a day or a month of them at a time.
    """
    changed = [table for table in EXPIRING if kept(engine, table) != months]
    for table in changed:
        after = f"{EXPIRING[table]} + INTERVAL {int(months)} MONTH"
        engine.execute(f"ALTER TABLE {table} MODIFY TTL {after} DELETE")
    return changed


def kept(engine: Engine, table: str) -> int | None:
    """After how many months the table forgets; None: never."""
    (row,) = engine.query(
        "SELECT engine_full FROM system.tables"
        " WHERE database = currentDatabase() AND name = {table:String}",
        {"table": table},
    ).to_pylist()
    found = re.search(r"TTL .*toIntervalMonth\((\d+)\)", row["engine_full"])
    return int(found[1]) if found else None
