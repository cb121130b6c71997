"""Which engine holds the tables: the ClickHouse server that is named, else chDB in the data."""

from penonton.settings import Settings
from sinks.engine import Engine


def engine(settings: Settings) -> Engine:
    """The engine that the settings name.

    Raises `sinks.engine.Stop` or `Retry` where it cannot be had.
    """
    if settings.clickhouse:
        from sinks.clickhouse import ServerEngine

        return ServerEngine(settings.clickhouse)
    from sinks.chdb import ChdbEngine

    settings.data.mkdir(parents=True, exist_ok=True)
    return ChdbEngine(settings.data / "chdb")
