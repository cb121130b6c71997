"""The schema as numbered SQL files, applied in order, each recorded once it is whole."""

import re
from importlib import resources

import pyarrow as pa

from sinks.engine import Engine

# Which files have been applied; the one table that must exist before the first of them.
MIGRATIONS = """
CREATE TABLE IF NOT EXISTS migrations (name String, applied DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplacingMergeTree ORDER BY name
"""


def migrate(engine: Engine) -> list[str]:
    """Bring the schema up to date; returns the names of the files that were applied now.

    Safe to run twice and after a run that broke off: every statement of a file can be repeated.
    """
    engine.execute(MIGRATIONS)
    done = set(engine.query("SELECT name FROM migrations FINAL")["name"].to_pylist())
    missing = {name: sql for name, sql in migrations().items() if name not in done}
    for name, sql in missing.items():
        for statement in statements(sql):
            engine.execute(statement)
        engine.insert("migrations", pa.table({"name": [name]}))
    return list(missing)


def migrations() -> dict[str, str]:
    """All files by name, in the order of their numbers."""
    files = resources.files("sinks").joinpath("migrations").iterdir()
    return {
        file.name: file.read_text()
        for file in sorted(files, key=lambda file: file.name)
        if file.name.endswith(".sql")
    }


def statements(sql: str) -> list[str]:
    """The statements of a file: a semicolon at the end of a line ends one."""
    return [part.strip() for part in re.split(r";[ \t]*$", sql, flags=re.MULTILINE) if part.strip()]
